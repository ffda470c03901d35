"""Every registered design says what it is, and with what clock by whom."""

from __future__ import annotations

import pytest

from zkmark.backends.fpga.design import Design
from zkmark.kernels.fpga import designs

ALL = designs()


@pytest.mark.parametrize("design", ALL.values(), ids=list(ALL))
class TestEveryDesign:
    def test_has_a_head_that_says_what_it_computes_and_in_how_many_cycles(
        self, design: Design
    ) -> None:
        assert len(design.about) > 10
        assert design.latency

    def test_has_sources_with_names_of_their_own(self, design: Design) -> None:
        names = [name for name, _ in design.texts()]
        assert len(set(names)) == len(names)
        assert f"{design.top}.sv" in names

    def test_names_the_source_of_its_clock(self, design: Design) -> None:
        if design.clock is not None:
            assert 50e6 <= design.clock.hertz <= 400e6
            assert len(design.clock.source) > 20  # no placeholder
