"""A comparison on disk: kept pair by pair, gone on with as if it had never stopped."""

import json

import pytest

from zkmark.suites.errors import ResultFormatError, ResultOutputError, ResumeMismatchError
from zkmark.suites.pair_store import PairStore, Plan, read_comparison
from zkmark.suites.pairs import Pair, Reading, ReplayError, Trial, run_pairs

PLAN = Plan("old", "new", ("a", "b"), 1, {"looks": (3, 5), "tolerance of a": 0.05})


class Counting:
    """A side whose readings are all different; it stops the run at one of them."""

    def __init__(self, name, count, stop=None, fails=None):
        self.name, self.count, self.stop, self.fails = name, count, stop, fails

    def read(self, case):
        number = self.count[0]
        if number == self.stop:
            raise KeyboardInterrupt
        self.count[0] += 1
        if case == self.fails:
            return Reading("crashed", None, "it crashed")
        return Reading("ok", 1.0 + number)


def everything(trials):
    return [trial.case for trial in trials]


def run(stop=None, earlier=(), kept=None, judge=everything, fails=None, count=None):
    count = [0] if count is None else count
    base, head = (Counting(name, count, stop, fails) for name in ("old", "new"))
    on_pair = None if kept is None else (lambda trial, running: kept.__setitem__(trial.case, trial))
    return run_pairs(["a", "b"], base, head, (3, 5), judge, earlier=earlier, on_pair=on_pair)


@pytest.mark.parametrize("stop", range(20))
def test_wherever_it_stops_it_goes_on_to_the_same(stop):
    whole = run()
    kept = {}
    with pytest.raises(KeyboardInterrupt):
        run(stop, kept=kept)
    # Half a pair is no pair: it is measured again.
    done = [Trial.from_json(c, json.loads(json.dumps(t.to_json()))) for c, t in kept.items()]
    assert sum(len(trial.pairs) for trial in done) == stop // 2
    assert run(earlier=done, count=[stop // 2 * 2]) == whole


def test_looks_that_were_made_stay_made():
    looked = []

    def judge(trials):
        looked.append([len(trial.pairs) for trial in trials])
        return ["b"]

    first = run(judge=judge)
    assert [len(trial.pairs) for trial in first] == [3, 5]
    again = run(earlier=first, judge=judge, stop=0)
    assert again == first
    assert looked[:2] == looked[2:] == [[3, 3], [3, 5]]


def test_a_case_that_failed_stays_failed():
    first = run(fails="a")
    assert first[0].status == "crashed"
    assert run(earlier=first, stop=0) == first


@pytest.mark.parametrize(
    "change",
    [
        lambda a, b: a.pairs.__setitem__(0, Pair(1.0, 1.0, not a.pairs[0].head_first)),
        lambda a, b: a.pairs.append(Pair(1.0, 1.0, True)),
        # One case is rounds ahead of the other.
        lambda a, b: b.pairs.clear(),
    ],
)
def test_pairs_that_the_seed_does_not_lead_to_are_refused(change):
    first = run()
    change(*first)
    with pytest.raises(ReplayError):
        run(earlier=first)


def test_every_pair_is_on_disk_when_the_next_begins(tmp_path):
    path = tmp_path / "ab.json"
    store = PairStore.create(PLAN, path)
    seen = []

    def keep(trial, running):
        store.keep(trial)
        found = json.loads(path.read_text())["data"]["pairs"]
        seen.append(sum(len(one["base"]) for one in found.values()))

    count = [0]
    run_pairs(
        ["a", "b"], Counting("x", count), Counting("y", count), (3,), everything, on_pair=keep
    )
    assert seen == [1, 2, 3, 4, 5, 6]
    store.close()
    document = read_comparison(path)
    assert (document["verdict"], document["exit_code"]) == (None, 130)
    assert document["run"]["status"] == "running"
    assert [one.name for one in tmp_path.iterdir()] == ["ab.json"]
    again = PairStore.resume(PLAN, path)
    assert (again.pairs, len(again.earlier)) == (6, 2)
    again.close()


def test_one_of_its_own_gets_a_new_name(tmp_path):
    stores = [PairStore.create(PLAN, folder=tmp_path / "ab") for _ in range(2)]
    assert len({store.path for store in stores}) == 2
    for store in stores:
        store.close()


def test_an_unfinished_one_is_not_written_over(tmp_path):
    path = tmp_path / "ab.json"
    PairStore.create(PLAN, path).close()
    with pytest.raises(ResultOutputError, match="is not finished; go on with it: --resume"):
        PairStore.create(PLAN, path)
    document = json.loads(path.read_text())
    document["run"]["status"] = "complete"
    path.write_text(json.dumps(document))
    PairStore.create(PLAN, path).close()


def test_two_cannot_keep_the_same(tmp_path):
    path = tmp_path / "ab.json"
    store = PairStore.create(PLAN, path)
    with pytest.raises(ResultOutputError, match="is being written by another run"):
        PairStore.resume(PLAN, path)
    store.close()


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (Plan("old", "new", ("a", "b"), 2, PLAN.items), "seed was 1 and is 2 now"),
        (Plan("old", "new", ("a",), 1, PLAN.items), "cases was 'b' and is 'a list without it'"),
        (Plan("old", "new", ("a", "b", "c"), 1, PLAN.items), "'a list without it' and is 'c'"),
        (Plan("old", "new", ("b", "a"), 1, PLAN.items), "cases was 'in another order'"),
        (
            Plan("old", "new", ("a", "b"), 1, {**PLAN.items, "tolerance of a": 0.1}),
            "tolerance of a was 0.05 and is 0.1 now",
        ),
        (Plan("old", "new", ("a", "b"), 1, {"looks": (3, 5)}), "tolerance of a was 0.05 and is"),
        (
            Plan("old", "new", ("a", "b"), 1, {**PLAN.items, "phase": "total"}),
            "phase was None and is 'total' now",
        ),
    ],
)
def test_another_comparison_is_not_gone_on_with(tmp_path, plan, said):
    path = tmp_path / "ab.json"
    PairStore.create(PLAN, path).close()
    before = path.read_text()
    with pytest.raises(ResumeMismatchError) as caught:
        PairStore.resume(plan, path)
    assert said in str(caught.value)
    assert caught.value.exit_code == 4
    assert path.read_text() == before
    assert [one.name for one in tmp_path.iterdir()] == ["ab.json"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: "no json", "it is no JSON"),
        (lambda d: "[]", "it is no comparison of zkmark ab"),
        (lambda d: json.dumps({**d, "schema": "zkmark-result"}), "no comparison of zkmark ab"),
        (lambda d: json.dumps({**d, "method": "stored"}), "no comparison by pairs"),
        (lambda d: json.dumps({**d, "schema_version": "1.0.0"}), "version 1.0.0, want 1.1.0"),
        (lambda d: json.dumps({**d, "run": {}}), "does not say what it compares"),
        (lambda d: json.dumps({**d, "data": {}}), "its pairs: 'pairs'"),
        (lambda d: json.dumps({**d, "data": {"pairs": {"a": {"base": []}}}}), "its pairs: 'head'"),
        (
            lambda d: json.dumps({**d, "data": {"pairs": {"a": trial(base=[-1.0])}}}),
            "a: a value is no positive number",
        ),
        (lambda d: json.dumps({**d, "data": {"pairs": {"a": trial(head=[])}}}), "its pairs: "),
    ],
)
def test_a_file_that_is_none(tmp_path, change, said):
    path = tmp_path / "ab.json"
    PairStore.create(PLAN, path).close()
    path.write_text(change(json.loads(path.read_text())))
    with pytest.raises(ResultFormatError) as caught:
        PairStore.resume(PLAN, path)
    assert "cannot be gone on with" in str(caught.value) and said in str(caught.value)


def trial(**changes):
    return {**Trial("a", [Pair(1.0, 1.0, True)]).to_json(), **changes}
