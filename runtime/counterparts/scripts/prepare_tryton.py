"""Run by Tryton's interpreter: a database with our modules, a company and a key, copied for each run."""

# Tryton is imported dynamically: it is in another environment than the one that checks this file.
import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

MODULES = ("party", "sale_opportunity", "sale", "company", "project")
CURRENCIES = {"EUR": "978", "USD": "840", "GBP": "826", "CHF": "756"}


def main(folder: Path, key: str) -> None:
    """Makes `database/crm.sqlite` below the folder."""
    data = folder / "database"
    data.mkdir(exist_ok=True)
    (data / "crm.sqlite").unlink(missing_ok=True)
    # Tryton's SQLite backend takes a file that exists, and only then.
    (data / "crm.sqlite").touch()
    configuration = folder / "trytond.conf"
    configuration.write_text(f"[database]\nuri = sqlite://\npath = {data}\n")
    password = folder / "password"
    password.write_text(key)
    command = [str(Path(sys.executable).parent / "trytond-admin"), "-c", str(configuration), "-d", "crm"]
    command += ["--email", "admin@example.com", "-u", *MODULES, "--activate-dependencies", "-l", "en"]
    subprocess.run(command, env={**os.environ, "TRYTONPASSFILE": str(password)}, check=True)  # noqa: TID251
    fill(configuration, key)


def fill(configuration: Path, key: str) -> None:
    """One company with its currencies, and a key for the REST interface."""
    config: Any = importlib.import_module("trytond.config")
    getattr(config, "config", config).update_etc(str(configuration))
    pools: Any = importlib.import_module("trytond.pool").Pool
    transactions: Any = importlib.import_module("trytond.transaction").Transaction
    pools.start()
    pool = pools("crm")
    pool.init()
    with transactions().start("crm", 1, context={"language": "en"}) as transaction:
        currencies = pool.get("currency.currency").create(
            [
                {
                    "name": code,
                    "code": code,
                    "symbol": code,
                    "numeric_code": number,
                    "rates": [("create", [{"rate": 1}])],
                }
                for code, number in CURRENCIES.items()
            ]
        )
        (party,) = pool.get("party.party").create([{"name": "Our company", "code": "our-company"}])
        (company,) = pool.get("company.company").create([{"party": party.id, "currency": currencies[0].id}])
        users = pool.get("res.user")
        users.write(users.browse([1]), {"companies": [("add", [company.id])], "company": company.id})
        pool.get("res.user.application").create(
            [{"user": 1, "application": "rest", "key": key, "state": "validated"}]
        )
        transaction.commit()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
