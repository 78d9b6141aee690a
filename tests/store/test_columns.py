from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from trunkline.store.columns import Identity, UTCDateTime


class Base(DeclarativeBase):
    pass


class Moment(Base):
    __tablename__ = "trunkline_test_moment"
    id: Mapped[int] = mapped_column(Identity, primary_key=True)
    at: Mapped[datetime | None] = mapped_column(UTCDateTime)


@pytest.mark.parametrize("offset", [-9.5, 0, 5.75, 14])
def test_a_moment_comes_back_as_the_same_moment_in_utc(url: str, offset: float) -> None:
    at = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=timezone(timedelta(hours=offset)))
    engine = create_engine(url.replace("/home/registry.db", "/moment.db"))
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Moment(at=at), Moment(at=None)])
        session.commit()
    with Session(engine) as session:
        found = session.scalars(select(Moment.at).order_by(Moment.id)).all()
    engine.dispose()
    assert found[0] == at
    assert found[0] is not None
    assert found[0].tzinfo == UTC
    assert found[1] is None


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        UTCDateTime().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())


def test_ids_have_64_bits_on_postgresql_and_number_themselves_on_sqlite() -> None:
    assert Identity.compile(postgresql.dialect()) == "BIGINT"
    assert Identity.compile(sqlite.dialect()) == "INTEGER"
