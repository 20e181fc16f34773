"""Conduct reports in full: who signs, reopening, escalation, feedback to units, tickets, confirmations and gates."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _columns()
    _handover()
    _trip()
    _reopen_request()
    _escalation()
    _unit_feedback()
    _ticket()
    _discipline_confirmation()
    _gate_verdict()


def _columns() -> None:
    op.add_column("organisation", sa.Column("options", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("course_class", sa.Column("rhythm", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("course_class", sa.Column("gates", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("report_period", sa.Column("grace_at", INSTANT, nullable=True))
    op.add_column("report_period", sa.Column("moved_from", sa.Date(), nullable=True))
    op.add_column("report_period", sa.Column("name", sa.String(), nullable=False, server_default=""))
    for name in ("extended_to", "reopened_until", "snoozed_until"):
        op.add_column("conduct_report", sa.Column(name, INSTANT, nullable=True))
    for name in ("handed_to", "prepared_by"):
        _person("conduct_report", name)
    op.create_index("ix_conduct_report_handed_to", "conduct_report", ["handed_to"])
    op.add_column("conduct_revision", sa.Column("source", sa.String(), nullable=False, server_default="chat"))
    op.add_column("conduct_revision", sa.Column("received_on", sa.Date(), nullable=True))
    _person("conduct_revision", "entered_by")
    op.add_column(
        "conduct_revision", sa.Column("capacity", sa.String(), nullable=False, server_default="head")
    )
    op.add_column("conduct_revision", sa.Column("seal", sa.String(), nullable=False, server_default=""))


def _person(table: str, name: str) -> None:
    """A column that points to a person: SQLite takes a reference only together with its column."""
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {number} REFERENCES person (id)")


def _handover() -> None:
    op.create_table(
        "handover",
        sa.Column("id", KEY, nullable=False),
        sa.Column("report_id", KEY, nullable=False),
        sa.Column("from_person", KEY, nullable=False),
        sa.Column("to_person", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["conduct_report.id"]),
        sa.ForeignKeyConstraint(["from_person"], ["person.id"]),
        sa.ForeignKeyConstraint(["to_person"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_handover_from_person", "handover", ["from_person"])
    op.create_index("ix_handover_report_id", "handover", ["report_id"])


def _trip() -> None:
    op.create_table(
        "trip",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_trip_person_id", "trip", ["person_id"])


def _reopen_request() -> None:
    op.create_table(
        "reopen_request",
        sa.Column("id", KEY, nullable=False),
        sa.Column("report_id", KEY, nullable=False),
        sa.Column("asked_by", KEY, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["conduct_report.id"]),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reopen_request_report_id", "reopen_request", ["report_id"])


def _escalation() -> None:
    op.create_table(
        "escalation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("report_id", KEY, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["conduct_report.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("report_id"),
    )


def _unit_feedback() -> None:
    op.create_table(
        "unit_feedback",
        sa.Column("id", KEY, nullable=False),
        sa.Column("class_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("period_id", KEY, nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("acknowledged_by", KEY, nullable=True),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["class_id"], ["course_class.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["period_id"], ["report_period.id"]),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("class_id", "organisation_id", "period_id"),
    )
    op.create_index("ix_unit_feedback_organisation_id", "unit_feedback", ["organisation_id"])
    op.create_index("ix_unit_feedback_period_id", "unit_feedback", ["period_id"])


def _ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", KEY, nullable=False),
        sa.Column("centre_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("class_id", KEY, nullable=True),
        sa.Column("feedback_id", KEY, nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("opened_by", KEY, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("owner_id", KEY, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by", KEY, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["class_id"], ["course_class.id"]),
        sa.ForeignKeyConstraint(["feedback_id"], ["unit_feedback.id"]),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ticket_centre_id", "ticket", ["centre_id"])
    op.create_index("ix_ticket_class_id", "ticket", ["class_id"])
    op.create_index("ix_ticket_feedback_id", "ticket", ["feedback_id"])
    op.create_index("ix_ticket_organisation_id", "ticket", ["organisation_id"])
    op.create_index("ix_ticket_owner_id", "ticket", ["owner_id"])


def _discipline_confirmation() -> None:
    op.create_table(
        "discipline_confirmation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("class_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("gate", sa.String(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("qualities", sa.LargeBinary(), nullable=True),
        sa.Column("discipline", sa.LargeBinary(), nullable=True),
        sa.Column("duties", sa.LargeBinary(), nullable=True),
        sa.Column("sanction", sa.LargeBinary(), nullable=True),
        sa.Column("conclusion", sa.String(), nullable=False),
        sa.Column("signed_by", KEY, nullable=True),
        sa.Column("capacity", sa.String(), nullable=False),
        sa.Column("signed_at", INSTANT, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["course_class.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["signed_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("class_id", "person_id", "gate"),
    )
    op.create_index(
        "ix_discipline_confirmation_organisation_id", "discipline_confirmation", ["organisation_id"]
    )
    op.create_index("ix_discipline_confirmation_person_id", "discipline_confirmation", ["person_id"])


def _gate_verdict() -> None:
    op.create_table(
        "gate_verdict",
        sa.Column("id", KEY, nullable=False),
        sa.Column("class_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("gate", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("signed_by", KEY, nullable=False),
        sa.Column("signed_at", INSTANT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["course_class.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["signed_by"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("class_id", "person_id", "gate"),
    )
    op.create_index("ix_gate_verdict_person_id", "gate_verdict", ["person_id"])
