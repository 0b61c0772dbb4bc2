"""The question of Compare and its packages: addresses, limits, what is run."""

from dataclasses import replace

import pytest

from corridor.model.errors import InvalidInput
from corridor.scenarios import interventions, load, load_policy
from corridor.views import builder, gallery
from corridor.views.package import Package, changes_to, measures_for, packages_for, yaml_text
from corridor.views.question import RESULTS, Question
from tests.views.questions import PACKAGE, question


class TestQuestion:
    @pytest.mark.parametrize(
        "query",
        [
            {"corridor": "tutorial", "years": "2001-2002", "packages": f"{PACKAGE},safe_pathways", "detail": "medium"},
            {"corridor": "tutorial", "packages": "own~search_and_rescue:4,rescue~ngo_rescue:0~shelter_places:1.5"},
            {"corridor": "mediterranean", "years": "2012-2014", "shocks": "conflict_onset:0.6:2013:2:SYR"},
            {"corridor": "mediterranean", "shocks": "border_closure:0.5:2012:1:route:Central Mediterranean"},
            {"corridor": "mediterranean", "years": "2019-2030", "future": "relief", "runs": "10"},
        ],
    )
    def test_address_holds_the_whole_question(self, query):
        asked = Question.from_address(query)
        assert Question.from_address(asked.address()) == asked
        assert query.items() <= asked.address().items()

    def test_no_question_in_a_plain_address(self):
        assert Question.from_address({}) is None

    def test_what_an_address_leaves_open_is_as_usual(self):
        assert Question.from_address({"corridor": "mediterranean"}) == Question.usual()

    @pytest.mark.parametrize(
        "changed",
        [
            {"corridor": "../../etc"},
            {"corridor": "/etc/passwd"},
            {"packages": "../baseline"},
            {"packages": "own"},
            {"packages": "baseline"},
            {"packages": f"{PACKAGE},{PACKAGE}"},
            {"packages": "own~border_patrols:9999"},
            {"packages": "own~border_patrols:nan"},
            {"packages": "own~border_patrols:1e3"},
            {"packages": "own~border_patrols"},
            {"packages": "own~../x:1"},
            {"packages": "rescue~{0}:1"},
            {"packages": ",".join(["rescue", "adaptive", "comprehensive", PACKAGE, "safe_pathways"])},
            {"years": "0"},
            {"years": "2002-2001"},
            {"years": "1999-2002"},
            {"years": "2001-2030"},
            {"years": "²001-2002"},
            {"years": "2001-2002; ls"},
            {"shocks": "drought"},
            {"shocks": "drought:1:2001:1:../x"},
            {"shocks": "drought:99:2001:1:all"},
            {"shocks": "drought:1:2050:1:all"},
            {"shocks": "drought:1:2001:0:all"},
            {"shocks": "ls:1:2001:1:all"},
            {"future": "../relief"},
            {"future": "relief"},
            {"detail": "huge"},
            {"runs": "1000"},
            {"runs": "$(ls)"},
        ],
    )
    def test_a_changed_address_is_refused_in_one_sentence(self, changed):
        with pytest.raises(InvalidInput, match="allowed: "):
            Question.from_address({**question().address(), **changed})

    def test_only_packages_that_the_corridor_has_targets_for_are_offered(self):
        assert "baseline" not in packages_for("tutorial")
        for name in ("tutorial", "mediterranean"):
            world = load(name)
            for base in packages_for(name):
                for setting in Package(name, base).policy.settings:
                    world.check_targets(setting.lever, setting.target, "test")
            for what, known in measures_for(name).items():
                Package(name, changes=((what, known.high),))

    def test_runs_come_in_pairs_and_are_kept(self):
        orders = question(replicates=5).orders()[:6]
        assert [(order.seed, order.policy) for order in orders] == [
            (0, "baseline"), (0, PACKAGE), (1, "baseline"), (1, PACKAGE), (2, "baseline"), (2, PACKAGE),
        ]  # fmt: skip
        assert {order.study.path.parent for order in orders} == {RESULTS}

    def test_runs_of_ready_packages_are_those_of_the_shell(self):
        assert question().policies == [load_policy("baseline"), load_policy(PACKAGE)]

    def test_shocks_are_in_every_run_and_keep_results_apart(self):
        asked = Question.from_address({**question().address(), "shocks": "drought:2:2001:1:alman"})
        assert not {policy.name for policy in asked.policies} & {policy.name for policy in question().policies}
        for policy in asked.policies:
            assert any(setting.lever == "climate" and setting.target == ("alman",) for setting in policy.settings)

    def test_future_begins_where_the_data_end(self):
        asked = Question.from_address({"corridor": "tutorial", "years": "2001-2005", "future": "deterioration"})
        assert asked.world.end.year == 2005
        assert all(policy.settings for policy in asked.policies)

    def test_titles_tell_packages_apart(self):
        asked = question(packages=("own~ngo_rescue:2", "own~ngo_rescue:4"))
        assert len(set(asked.titles.values())) == 3


@pytest.mark.parametrize("period", gallery.PERIODS)
def test_gallery_ships_every_ready_package(period):
    asked = gallery.period_question(period, tuple(packages_for("mediterranean"))[:4])
    found = gallery.shipped(asked)
    assert list(found.ds["policy"].to_numpy()) == ["baseline", *(package.base for package in asked.packages)]
    assert found.ds.sizes["replicate"] == gallery.RUNS and bool((found.ds["deaths"] > 0).all())
    assert (gallery.FOLDER / f"{period}.nc").stat().st_size < 1e6
    for text in ("rescue~ngo_rescue:3", "rescue~in:ITA", f"rescue~from:{asked.last}"):
        changed = Package.of_text("mediterranean", text)
        assert gallery.shipped(replace(asked, packages=(changed,))) is None
    late = Package.of_text("mediterranean", "rescue~from:2012")
    assert gallery.shipped(question("mediterranean", 2011, 2012, packages=(late.text,))) is None


class TestPackage:
    def test_change_of_a_ready_policy_keeps_its_targets(self):
        changed = Package.of_text("tutorial", f"{PACKAGE}~border_patrols:3~detention:0")
        ready = packages_for("tutorial")[PACKAGE]
        patrols = next(measure for measure in changed.file.measures if measure.what == "border_patrols")
        assert (patrols.amount, patrols.target) == (3, ready.measures[0].target)
        assert "detention" not in changed.amounts
        assert "changed" in changed.title and "without More and longer detention" in changed.description

    def test_same_content_same_name(self):
        one, other = (Package.of_text("tutorial", text) for text in ("own~ngo_rescue:2", "own~ngo_rescue:2.0"))
        assert one.key == other.key != Package.of_text("tutorial", "own~ngo_rescue:3").key

    @pytest.mark.parametrize("base", ["comprehensive", PACKAGE])
    def test_wanting_what_a_ready_policy_has_changes_nothing(self, base):
        amounts = Package("tutorial", base).amounts
        assert changes_to(base, "tutorial", amounts) == ()
        assert dict(changes_to(base, "tutorial", {})) == dict.fromkeys(amounts, 0.0)

    def test_file_says_the_same(self, tmp_path):
        package = Package.of_text("tutorial", f"{PACKAGE}~border_patrols:3~ngo_rescue:2")
        (tmp_path / f"{package.key}.yaml").write_text(yaml_text(package.file))
        assert load_policy(tmp_path / f"{package.key}.yaml") == package.policy

    def test_sliders_reach_the_default(self):
        for entry in interventions().values():
            steps = (entry.default - entry.low) / builder.slider_step(entry)
            assert abs(steps - round(steps)) < 1e-6, entry.name
