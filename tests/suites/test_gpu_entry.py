"""What several processes saw of a GPU, joined in a case's entry."""

from zkmark.suites.entries import joined_gpu


def answer(clock, reasons, joules, iterations=10):
    def measured(samples, unit):
        figure = {"source": "NVML", "status": "measured", "unit": unit, "samples": samples}
        return {**figure, "value": samples[0], "low": min(samples), "high": max(samples)}

    return {
        "iterations": iterations,
        "gpu": {
            "clock_sm": measured(clock, "Hz"),
            "throttle_reasons": {"value": reasons, "source": "NVML", "status": "reported"},
            "energy": measured([joules], "J"),
        },
    }


def test_samples_are_joined_and_reasons_united():
    found = joined_gpu([answer([3, 1], ["SwPowerCap"], 50), answer([2], ["HwSlowdown"], 60, 20)])
    assert found["clock_sm"]["value"] == 2
    assert found["clock_sm"]["samples"] == [3, 1, 2]
    assert (found["clock_sm"]["low"], found["clock_sm"]["high"]) == (1, 3)
    assert found["throttle_reasons"]["value"] == ["HwSlowdown", "SwPowerCap"]
    # Joules of one iteration: 50 / 10 and 60 / 20.
    assert found["energy"]["value"] == 4
    assert found["energy"]["samples"] == [5, 3]


def test_what_one_process_lacks_the_case_lacks():
    one, other = answer([1], [], 5), answer([1], [], 5)
    other["gpu"]["energy"] = {
        "value": None,
        "source": "NVML",
        "status": "unavailable",
        "reason": "NVML: Not Supported",
    }
    assert joined_gpu([one, other])["energy"]["reason"] == "NVML: Not Supported"


def test_without_a_gpu_there_is_nothing():
    assert joined_gpu([{"gpu": None}, {"gpu": None}]) is None
