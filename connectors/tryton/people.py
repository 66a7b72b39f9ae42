"""Who and what records of Tryton's need beside our fields: employees, currencies, the company."""

from collections.abc import Mapping
from typing import Any, cast

from connectors.http import JsonObject
from connectors.remote_crm.records import SYSTEM
from connectors.remote_crm.translation import Owners
from connectors.tryton.cells import NOTE, OPPORTUNITY, PARTY, WORK
from connectors.tryton.models import TrytonModels
from contracts.failures import FailureCode, ServiceFailure


class TrytonPeople:
    """Employees, currencies and the company.

    Args:
        models: Tryton's REST interface.
        company: the number of the company that we work for.
        people: addresses by person; an employee's party has the same.
    """

    def __init__(self, models: TrytonModels, company: int, people: Mapping[str, str]) -> None:
        self._models = models
        self._company = company
        self._owners = Owners(people, {}, self._employees)
        self._currencies: dict[str, int] = {}

    async def employee_of(self, person: str) -> str:
        """The employee's number. Raises REJECTED where the person is none."""
        return await self._owners.id_of(person)

    async def person_of(self, employee: str) -> str:
        """The person that an employee is."""
        return await self._owners.person_of(employee)

    async def native(self, name: str, value: str | None) -> Any:
        """A value of ours as a field of Tryton's takes it."""
        if value is None:
            return None
        if name == "value":
            return {"__class__": "Decimal", "decimal": value}
        if name == "owner_id":
            return int(value)
        return await self._currency(value) if name == "currency" else value

    async def completed(self, model: str, values: JsonObject) -> JsonObject:
        """A new record with what Tryton wants of every one."""
        if model == PARTY:
            return values
        if model == NOTE:
            # A note is on something from the start; it is moved to what it is about when it is linked.
            return {"resource": f"company.company,{self._company}", **values}
        own: JsonObject = {"company": self._company}
        if model == WORK:
            own["type"] = "task"
        elif model == OPPORTUNITY and "currency" not in values:
            own["currency"] = await self._currency("")
        return {**own, **values}

    async def _currency(self, code: str) -> int:
        """The number of a currency; of the company's own where none is named."""
        if not self._currencies:
            known = await self._models.search("currency.currency", [], ("code",))
            by_code = {str(one.get("code")): int(one["id"]) for one in known}
            company = await self._models.read("company.company", str(self._company), ("currency.id",))
            own: Any = (company or {}).get("currency")
            if not isinstance(own, dict):
                raise ServiceFailure(FailureCode.REJECTED, SYSTEM, "the company of the settings is not there")
            # Whole at once: others look while this one waits.
            self._currencies = {**by_code, "": int(cast(JsonObject, own)["id"])}
        if code not in self._currencies:
            raise ServiceFailure(FailureCode.REJECTED, SYSTEM, "deal.currency: Tryton does not have it")
        return self._currencies[code]

    async def _employees(self) -> Mapping[str, str]:
        fields = ("party.contact_mechanisms.type", "party.contact_mechanisms.value")
        found = await self._models.search("company.employee", [["company", "=", self._company]], fields)
        by_email = dict[str, str]()
        for employee in found:
            party: JsonObject = employee.get("party") or {}
            mechanisms: list[JsonObject] = party.get("contact_mechanisms") or []
            for one in mechanisms:
                if one["type"] == "email":
                    by_email[str(one["value"]).lower()] = str(employee["id"])
        return by_email
