from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from desk.errors import DataFault
from desk.office_data import read_offices
from desk.tickets import Catalogue, Categories
from desk.tickets.catalogue import check

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
DAY = date(2026, 11, 21)
CITY = "昆明市本级"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(DATA / "dispatch.yml")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The data that the catalogue needs, to be spoilt."""
    (tmp_path / "regions" / "kunming").mkdir(parents=True)
    for name in ("dispatch.yml", "categories.yml", "regions/kunming/offices.yml"):
        shutil.copy(DATA / name, tmp_path / name)
    return tmp_path


def test_every_matter_of_every_district_has_a_unit_that_is_not_the_accused(catalogue: Catalogue) -> None:
    for category in Categories.load(DATA / "categories.yml").codes():
        for district in (*catalogue.units, ""):
            assert catalogue.unit_for(category, district, DAY).unit in catalogue.units
            for accused in catalogue.units:
                found = catalogue.unit_for(category, district, DAY, accused)
                assert accused not in (found.unit, *found.assist)


def test_a_matter_goes_to_its_district(catalogue: Catalogue) -> None:
    for unit in catalogue.units:
        assert catalogue.unit_for("overdue", unit, DAY).unit == unit
        assert catalogue.unit_for("unpaid.bank", unit, DAY).unit == unit
    assert catalogue.unit_for("overdue", "", DAY).unit == CITY


def test_policy_and_fraud_are_matters_of_the_city(catalogue: Catalogue) -> None:
    assert catalogue.unit_for("policy", "五华区", DAY).unit == CITY
    fraud = catalogue.unit_for("fraud", "五华区", DAY)
    assert (fraud.unit, fraud.refer_to) == (CITY, "基金监督")


def test_an_accused_district_gives_way_to_the_city_and_the_city_to_the_supervisor(
    catalogue: Catalogue,
) -> None:
    found = catalogue.unit_for("service", "五华区", DAY, "五华区就业局失业保险科")
    assert found.unit == CITY
    assert "回避" in found.reason
    found = catalogue.unit_for("service", CITY, DAY, "昆明市就业局失业保险中心")
    assert found.unit is None
    assert "督办主管" in found.reason


def test_a_unit_is_known_by_each_of_its_names(catalogue: Catalogue) -> None:
    table = read_offices(DATA / "regions" / "kunming" / "offices.yml", [])
    assert table
    for office in table.offices.values():
        for name in (office.district, office.name, str(office.row)):
            assert catalogue.unit_of(name) == office.district
    for name in ("", "0", "玉溪市", "99"):
        assert catalogue.unit_of(name) == ""


def test_a_row_counts_from_its_first_to_its_last_day(copied: Path) -> None:
    path = copied / "dispatch.yml"
    text = path.read_text(encoding="utf-8")
    old = "  - districts: [五华区]\n    unit: 五华区\n    since: 2026-01-01\n"
    new = old.replace("unit: 五华区", "unit: 西山区").replace("2026-01-01", "2026-07-01")
    rest = "    own: true\n    source: 试\n"
    path.write_text(text.replace(old, f"{new}{rest}{old}    until: 2026-06-30\n"), encoding="utf-8")
    changed, day = Catalogue.load(path), date(2026, 7, 1)
    assert changed.unit_for("overdue", "五华区", day).unit == "西山区"
    assert changed.unit_for("overdue", "五华区", day - timedelta(days=1)).unit == "五华区"
    assert changed.unit_for("overdue", "五华区", date(2025, 12, 31)).unit is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("unit: 五华区", "unit: 五华局", "五华局"),
        ("districts: [五华区]", "districts: [五花区]", "五花区"),
        ("categories: [policy]", "categories: [politics]", "politics"),
        ("city: 昆明市本级", "city: 玉溪市", "玉溪市"),
        ("since: 2026-01-01\n", "since: 2026-01-01\n    until: 2025-01-01\n", "ends before"),
        ("since: 2026-01-01", "since: 今年", "since"),
        ("region: kunming", "region: nowhere", "nowhere"),
    ],
)
def test_a_fault_is_told_with_its_path(old: str, new: str, said: str, copied: Path) -> None:
    path = copied / "dispatch.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataFault) as caught:
        Catalogue.load(path)
    assert all(fault.startswith(str(copied)) for fault in caught.value.faults)
    assert any(said in fault for fault in caught.value.faults)
    assert check(copied) == caught.value.faults


def test_the_check_of_the_data_reads_the_catalogue(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    path = data / "dispatch.yml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("unit: 五华区", "unit: 五华局"), encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "desk.regions"],
        cwd=ROOT,
        env={"DESK_DATA": str(data), "DESK_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "dispatch.yml" in done.stdout
