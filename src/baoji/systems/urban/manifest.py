"""数字城管 as the house sees it."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from baoji.kernel.registry.manifest import MenuEntry, SystemManifest
from baoji.systems.urban.rules.table import FLOW

# Posts whose holders work through a list; the other posts have pages of their own.
WORKERS = frozenset(
    {
        "acceptor",
        "chief",
        "dispatcher",
        "commander",
        "handler",
        "section_head",
        "crew",
        "collector",
        "officer",
        "hotline",
    }
)
LEADERS = frozenset({"head", "mayor", "chief", "commander", "dispatcher"})
# Who reads the score; a department reads its own row.
SCORED = LEADERS | {"handler", "section_head"}

MANIFEST = SystemManifest(
    code="urban",
    name=_("数字城管"),
    api="baoji.systems.urban.api.endpoints:router",
    tiles="baoji.systems.urban.queries.tiles:LAYERS",
    pages="baoji.systems.urban.pages.urls",
    public_pages="baoji.systems.urban.pages.citizen.urls",
    interfaces="baoji.systems.urban.api.open311.urls",
    public_menu=(
        MenuEntry("report", _("上报问题"), icon="camera-plus", url="/report/", order=10),
        MenuEntry("follow", _("查询进度"), icon="search", url="/follow/", order=20),
        MenuEntry("shown", _("公开案卷"), icon="map-2", url="/public/", order=30),
    ),
    public_home="baoji.systems.urban.pages.citizen.shown:home",
    counts="baoji.systems.urban.pages.staff.shell:counts",
    home="baoji.systems.urban.pages.staff.shell:home",
    alarms="baoji.systems.urban.pages.staff.shell:alarms",
    titles="baoji.systems.urban.queries.names:case_title",
    passwords="baoji.systems.urban.queries.signing:password_limits",
    wanted="baoji.systems.urban.actions.outgoing:is_wanted",
    search="/cases/",
    menu=(
        MenuEntry("intake", _("登记"), icon="headset", url="/intake/", posts=frozenset({"hotline"}), order=5),
        MenuEntry(
            "field",
            _("外勤"),
            icon="camera-plus",
            url="/field/",
            posts=frozenset({"collector", "officer", "cleaner"}),
            order=6,
        ),
        MenuEntry("work", _("待办"), icon="list-check", url="/work/", posts=WORKERS, order=10),
        MenuEntry("map", _("地图"), icon="map-2", url="/map/", order=20),
        MenuEntry("cases", pgettext_lazy("menu", "案卷"), icon="folder-open", url="/cases/", order=30),
        MenuEntry(
            "supervised",
            pgettext_lazy("menu", "督办"),
            icon="speakerphone",
            url="/cases/?supervised=1",
            posts=LEADERS,
            order=40,
        ),
        MenuEntry(
            "citizens",
            pgettext_lazy("menu", "市民"),
            icon="users",
            url="/citizens/",
            posts=frozenset({"acceptor", "chief"}),
            order=45,
        ),
        MenuEntry(
            "handovers",
            pgettext_lazy("hotline", "转办"),
            icon="arrows-exchange",
            url="/intake/handovers/",
            posts=frozenset({"acceptor", "chief"}),
            order=46,
        ),
        MenuEntry(
            "street",
            pgettext_lazy("menu", "外勤"),
            icon="walk",
            url="/street/",
            posts=frozenset({"acceptor", "chief", "commander", "head", "operator"}),
            order=47,
        ),
        MenuEntry("score", _("考评"), icon="chart-histogram", url="/score/", posts=SCORED, order=50),
        MenuEntry(
            "operator", _("管理"), icon="settings", url="/operator/", posts=frozenset({"operator"}), order=60
        ),
    ),
    flows=(FLOW,),
)
