"""What the demo shops sell. Prices are whole yen, tax included."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    en: str
    ja: str


@dataclass(frozen=True, slots=True)
class Product:
    slug: str
    name: Words
    kind: Words
    price: int
    story: Words
    facts: tuple[tuple[Words, Words], ...] = ()
    before: int | None = None
    """The price that is crossed out, where a shop claims one."""


@dataclass(frozen=True, slots=True)
class ShopFront:
    slug: str
    name: Words
    products: tuple[Product, ...]

    def product(self, slug: str) -> Product | None:
        return next((product for product in self.products if product.slug == slug), None)


_SIZE: Final = Words("Size", "サイズ")
_FRAME: Final = Words("Frame", "フレーム")
_LENSES: Final = Words("Lenses", "レンズ")
_WEIGHT: Final = Words("Weight", "重さ")
_CLEAR: Final = Words("Clear, 1.60, coated on both sides", "クリア 1.60・両面コート")
_TITANIUM: Final = Words("Beta titanium, made in Sabae", "βチタン・鯖江製")
_ACETATE: Final = Words("Cotton acetate, polished by hand", "綿由来アセテート・手磨き")


def _facts(frame: Words, lenses: Words, size: str, grams: int) -> tuple[tuple[Words, Words], ...]:
    weight = Words(f"{grams} g with lenses", f"{grams} g（レンズ込み）")
    return ((_FRAME, frame), (_LENSES, lenses), (_SIZE, Words(size, size)), (_WEIGHT, weight))


KOMOREBI: Final = ShopFront(
    slug="komorebi",
    name=Words("Komorebi Glasses", "木漏れ日眼鏡店"),
    products=(
        Product(
            "hazakura",
            Words("Hazakura", "葉桜"),
            Words("Round, titanium", "ラウンド・チタン"),
            12_800,
            Words(
                "Two quiet circles, drawn from one wire. Light enough to forget until evening.",
                "一本の線で描いた、静かなふたつの円。夕方まで、かけていることを忘れる軽さです。",
            ),
            _facts(_TITANIUM, _CLEAR, "47 □ 21 – 142", 16),
        ),
        Product(
            "kawara",
            Words("Kawara", "河原"),
            Words("Wellington, acetate", "ウェリントン・アセテート"),
            15_400,
            Words(
                "The colour of wet river stones. A straight brow, and corners that a thumb has softened.",
                "濡れた河原の石の色。まっすぐな上辺に、親指でなぞったような角の丸み。",
            ),
            _facts(_ACETATE, _CLEAR, "50 □ 19 – 145", 27),
        ),
        Product(
            "akebono",
            Words("Akebono", "曙"),
            Words("Boston, amber acetate", "ボストン・琥珀アセテート"),
            13_200,
            Words(
                "Amber that keeps a little of the first light, for faces that like a softer line.",
                "朝いちばんの光をすこし残した琥珀色。やわらかな線が好きな人へ。",
            ),
            _facts(_ACETATE, _CLEAR, "48 □ 20 – 143", 25),
        ),
        Product(
            "shigure",
            Words("Shigure", "時雨"),
            Words("Brow line, acetate and titanium", "ブロー・アセテートとチタン"),
            18_600,
            Words(
                "A dark brow over a fine rim, like roofs after rain. For meetings, and for the walk home.",
                "雨あがりの軒のように、濃い眉と細いリム。会議にも、その帰り道にも。",
            ),
            _facts(
                Words("Acetate brow, titanium rim", "アセテートのブロー・チタンのリム"), _CLEAR, "49 □ 21 – 145", 23
            ),
        ),
        Product(
            "hinata",
            Words("Hinata", "日向"),
            Words("Sunglasses, leaf green", "サングラス・若葉色"),
            16_500,
            Words(
                "The shade of one tree, to take along. Polarised, and honest about colours.",
                "一本の木の陰を、どこへでも。偏光レンズで、色はそのままに見えます。",
            ),
            _facts(_ACETATE, Words("Polarised green, UV 400", "偏光グリーン・UV400"), "51 □ 20 – 145", 28),
        ),
        Product(
            "mebuki",
            Words("Mebuki", "芽吹"),
            Words("Reading glasses, thin", "リーディンググラス・薄型"),
            9_800,
            Words(
                "Folds flat into a breast pocket. For menus, scores, and the small print.",
                "胸ポケットに平らにおさまります。メニューにも、楽譜にも、小さな注意書きにも。",
            ),
            _facts(_TITANIUM, Words("+1.0 to +2.5", "+1.0〜+2.5"), "45 □ 22 – 140", 12),
        ),
    ),
)

# The mistakes belong to this shop.
FLY_BY_NIGHT: Final = ShopFront(
    slug="fly-by-night",
    name=Words("Fly-by-Night Optics", "フライバイナイト・オプティクス"),
    products=(
        Product(
            "desinger",
            Words("ORIGNAL Desinger Glases", "正規品ブランド眼鏡 本物保證"),
            Words("Last pair!!", "最後の一点！！"),
            980,
            Words(
                "100% authentical desinger. Same factory, no box. Do not miss this chance, it comes never again.",
                "１００％本物のデザイナ製品でございます。同じ工場、箱無し。この機会を逃すないで下さい。",
            ),
            before=49_800,
        ),
        Product(
            "luxus",
            Words("Luxus Sun Glas UV999", "高級サングラス UV999 遮断"),
            Words("27 persons are looking now!!", "現在２７人が見ている！！"),
            1_480,
            Words(
                "Blocks all ray. Doctor recommend. Ship from warehouse, maybe 3 days maybe 40 days.",
                "全ての光線を遮断する。医者が推奨します。倉庫から発送、３日又は４０日。",
            ),
            before=79_900,
        ),
        Product(
            "miracle",
            Words("MIRACLE vision pinhole", "奇跡の視力回復メガネ"),
            Words("Eyes better in 7 days", "７日で視力が回復"),
            2_980,
            Words(
                "Throw away your prescription! Clinicaly tested by customers. No return for hygiene.",
                "処方箋を捨てて下さい。お客様で臨床実験済み。衛生の為、返品は出来ない。",
            ),
            before=128_000,
        ),
    ),
)

SHOPS: Final = {front.name.en: front for front in (KOMOREBI, FLY_BY_NIGHT)}
