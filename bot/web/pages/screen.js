// The page as high as what a phone's own keyboard leaves of it, also where the browser lays the keyboard over the page.

const LEAST = 80; // pixels that no bar of a browser takes

export function fitScreen(body, view = window.visualViewport) {
  if (!view) return;
  const fit = () => {
    const covered = view.scale === 1 && window.innerHeight - view.height > LEAST;
    body.style.height = covered ? `${view.height}px` : "";
    if (covered) window.scrollTo(0, 0);
  };
  view.addEventListener("resize", fit);
  fit();
}
