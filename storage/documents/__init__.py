"""Papers that are neither tables nor messages: letters as offices edit, number and sign them."""
