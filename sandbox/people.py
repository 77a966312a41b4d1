"""The demo people: who keeps cards here, who sells, who works here. Pure data, for the command that seeds a sandbox.

They meet everybody who tries the product. The tests have a cast of their own.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DemoCard:
    number: str
    """A test card of the network host, never a real one."""
    exp_month: int
    exp_year: int
    security_code: str
    nickname: str


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    name: str
    email: str
    language: str
    cards: tuple[DemoCard, ...]
    """The first one is the default."""
    bought: tuple[tuple[int, str, int], ...] = ()
    """What they have bought before, at the first merchant: how many days ago, what, for how many yen."""


@dataclass(frozen=True, slots=True)
class DemoMember:
    name: str
    email: str
    role: str
    """owner, developer, finance or support."""


@dataclass(frozen=True, slots=True)
class DemoMerchant:
    name: str
    """Also the name by which `sandbox.shops` knows what to sell."""
    legal_name: str
    category_code: str
    city: str
    fee_basis_points: int
    members: tuple[DemoMember, ...]

    @property
    def owner(self) -> str:
        """The e-mail address of whoever may do everything."""
        return next(member.email for member in self.members if member.role == "owner")


RETURN_PATH: Final = "/return"
WEBHOOK_PATH: Final = "/webhooks"
"""Where a demo shop expects its buyers and its webhooks, below its own address."""

CUSTOMERS: Final = (
    DemoCustomer(
        "佐藤 花子",
        "hanako@example.com",
        "ja",
        (
            DemoCard("4242424242424242", 12, 2030, "123", "普段使い"),
            DemoCard("3530111333300000", 6, 2031, "456", "JCB"),
            DemoCard("4000000000009995", 3, 2030, "789", "残高不足のカード"),
        ),
        bought=((40, "時雨", 18_600), (9, "芽吹", 9_800)),
    ),
    DemoCustomer(
        "高橋 健",
        "ken@example.com",
        "ja",
        (
            DemoCard("5555555555554444", 9, 2030, "321", "仕事用"),
            DemoCard("378282246310005", 1, 2031, "4321", "旅行用"),
        ),
        bought=((23, "河原", 15_400),),
    ),
    DemoCustomer(
        "Emma Wilson",
        "emma@example.com",
        "en",
        (
            DemoCard("4012888888881881", 5, 2032, "222", "Everyday"),
            DemoCard("30569309025904", 11, 2029, "333", ""),
            DemoCard("4000000000000341", 2, 2030, "444", "Always declined"),
        ),
        bought=((31, "Akebono", 13_200),),
    ),
)

# In the order of the shops' ports.
MERCHANTS: Final = (
    DemoMerchant(
        name="Komorebi Glasses",
        legal_name="木漏れ日眼鏡合同会社",
        category_code="8043",
        city="Sabae",
        fee_basis_points=325,
        members=(
            DemoMember("森 葉子", "yoko@komorebi.example", "owner"),
            DemoMember("林 大地", "daichi@komorebi.example", "developer"),
            DemoMember("岸 文", "aya@komorebi.example", "finance"),
            DemoMember("小川 光", "hikari@komorebi.example", "support"),
        ),
    ),
    DemoMerchant(
        name="Fly-by-Night Optics",
        legal_name="Best Optics Global Trade Intl.",
        category_code="8043",
        city="Tokyo",
        fee_basis_points=490,
        members=(DemoMember("M. Mallory", "mallory@fly-by-night.example", "owner"),),
    ),
)

STAFF: Final = ("mamoru@vaultpay.example", "grace@vaultpay.example")
