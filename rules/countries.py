"""Countries as people write them, to ISO 3166 alpha-2."""

from phonenumbers import SUPPORTED_REGIONS

from rules.texts import spelling_key

# What forms send besides a two-letter code: English names, the commonest own names, three-letter codes.
# A name that is not here is kept out of the lead and reported by the check of allowed values.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "AE": ("United Arab Emirates", "UAE", "ARE"),
    "AR": ("Argentina", "ARG"),
    "AT": ("Austria", "Österreich", "AUT"),
    "AU": ("Australia", "AUS"),
    "BE": ("Belgium", "Belgique", "België", "BEL"),
    "BG": ("Bulgaria", "BGR"),
    "BR": ("Brazil", "Brasil", "BRA"),
    "CA": ("Canada", "CAN"),
    "CH": ("Switzerland", "Schweiz", "Suisse", "Svizzera", "CHE"),
    "CL": ("Chile", "CHL"),
    "CN": ("China", "People's Republic of China", "中国", "CHN"),
    "CO": ("Colombia", "COL"),
    "CY": ("Cyprus", "CYP"),
    "CZ": ("Czechia", "Czech Republic", "Česko", "CZE"),
    "DE": ("Germany", "Deutschland", "Allemagne", "DEU"),
    "DK": ("Denmark", "Danmark", "DNK"),
    "EE": ("Estonia", "Eesti", "EST"),
    "EG": ("Egypt", "EGY"),
    "ES": ("Spain", "España", "ESP"),
    "FI": ("Finland", "Suomi", "FIN"),
    "FR": ("France", "FRA"),
    "GB": (
        "United Kingdom",
        "Great Britain",
        "UK",
        "England",
        "Scotland",
        "Wales",
        "Northern Ireland",
        "GBR",
    ),
    "GR": ("Greece", "EL", "GRC"),
    "HK": ("Hong Kong", "HKG"),
    "HR": ("Croatia", "Hrvatska", "HRV"),
    "HU": ("Hungary", "Magyarország", "HUN"),
    "ID": ("Indonesia", "IDN"),
    "IE": ("Ireland", "Éire", "IRL"),
    "IL": ("Israel", "ISR"),
    "IN": ("India", "IND"),
    "IS": ("Iceland", "Ísland", "ISL"),
    "IT": ("Italy", "Italia", "ITA"),
    "JP": ("Japan", "日本", "JPN"),
    "KE": ("Kenya", "KEN"),
    "KR": ("South Korea", "Korea", "Republic of Korea", "대한민국", "KOR"),
    "LT": ("Lithuania", "Lietuva", "LTU"),
    "LU": ("Luxembourg", "Luxemburg", "LUX"),
    "LV": ("Latvia", "Latvija", "LVA"),
    "MA": ("Morocco", "MAR"),
    "MT": ("Malta", "MLT"),
    "MX": ("Mexico", "México", "MEX"),
    "MY": ("Malaysia", "MYS"),
    "NG": ("Nigeria", "NGA"),
    "NL": ("Netherlands", "The Netherlands", "Nederland", "Holland", "NLD"),
    "NO": ("Norway", "Norge", "NOR"),
    "NZ": ("New Zealand", "NZL"),
    "PE": ("Peru", "Perú", "PER"),
    "PH": ("Philippines", "PHL"),
    "PK": ("Pakistan", "PAK"),
    "PL": ("Poland", "Polska", "POL"),
    "PT": ("Portugal", "PRT"),
    "RO": ("Romania", "România", "ROU"),
    "RS": ("Serbia", "Srbija", "SRB"),
    "SA": ("Saudi Arabia", "SAU"),
    "SE": ("Sweden", "Sverige", "SWE"),
    "SG": ("Singapore", "SGP"),
    "SI": ("Slovenia", "Slovenija", "SVN"),
    "SK": ("Slovakia", "Slovensko", "SVK"),
    "TH": ("Thailand", "THA"),
    "TR": ("Turkey", "Türkiye", "TUR"),
    "TW": ("Taiwan", "TWN"),
    "UA": ("Ukraine", "Україна", "UKR"),
    "US": ("United States", "United States of America", "America", "USA", "U.S.", "U.S.A."),
    "VN": ("Vietnam", "Viet Nam", "VNM"),
    "ZA": ("South Africa", "ZAF"),
}

_CODES = {spelling_key(name): code for code, names in SPELLINGS.items() for name in names}


def iso_country(raw: str | None) -> str | None:
    """The ISO 3166 alpha-2 code that a code or name stands for; none where it stands for no known country."""
    if raw is None:
        return None
    code = raw.strip().upper()
    if code in SUPPORTED_REGIONS:
        return code
    return _CODES.get(spelling_key(raw))
