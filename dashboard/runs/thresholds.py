"""The numbers at which a verdict turns, each with where it comes from.

They are looked at in order by the rules of `dashboard.runs.verdict`; nothing is judged here.
"""

from __future__ import annotations


class Threshold(float):
    """A number with its source, which the page shows beside what was measured."""

    source: str

    def __new__(cls, value: float, source: str) -> Threshold:
        threshold = super().__new__(cls, value)
        threshold.source = source
        return threshold


OURS = "our own benchmark"
GLOROT = "Glorot & Bengio 2010"

LEARNED = Threshold(0.5, "half of the images right")
"""Test accuracy from which a run counts as one that learns."""
TWIN_SHARE = Threshold(0.9, "Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.4")
"""Equal units get equal gradients and stay equal: a layer of them is as good as one unit."""
OVERSHOOT = Threshold(12.0, "Lewkowycz et al. 2020, arXiv 2003.02218")
"""Curvature along the first update against its slope. Gradient descent on a quadratic diverges
above 2; networks first jump to a flatter place and survive up to about 12 (The large learning rate
phase of deep learning)."""
UPDATE_RATIO = Threshold(1.0, "about 1/1000 is usual: Stanford CS231n notes, Neural networks 3")
"""An update as large as the weights replaces them."""
EXPLODED_STD = Threshold(1e3, "every bounded activation is flat there")
"""Pre-activations of this size leave every bounded activation flat and make any error huge."""
DEAD_SHARE = Threshold(0.95, "next to nothing passes")
"""Share of dead units in a layer that lets next to nothing through."""
SATURATED_SHARE = Threshold(0.5, GLOROT)
"""Share of saturated units in a layer above which its gradient is lost."""
FLAT_SHARE = Threshold(0.5, GLOROT)
"""Share of a layer's pre-activations, taken as normal around 0, that stand where its activation is
flat: less than SATURATED_SHARE asks for, and enough to hold back a run that learns."""
AGREEMENT = Threshold(0.2, "the chaotic phase: Schoenholz et al. 2017, arXiv 1611.01232")
"""Cosine between the gradients that two halves of the probe ask for. Below it what is learned from
one half says nothing of the other."""
REACH = Threshold(0.04, f"Saxe, McClelland & Ganguli 2013, arXiv 1312.6120; {OURS}")
"""Logits that the labels gain within all planned steps, at the pace of the first one. Learning
speeds up as the layers align, so far less than 1 will do; below this the plateau outlasts the run.
"""
VISIBLE = Threshold(0.1, OURS)
"""The same against the spread of the first, random logits: less stays hidden beneath them."""
SLOW_REACH = Threshold(0.5, OURS)
"""Below this a run that gets there is late."""
VANISHED_RATIO = Threshold(0.05, GLOROT)
VANISHED_NORM = Threshold(1e-3, GLOROT)
"""A layer's gradient norm, against the largest layer's and by itself, that counts as vanished:
back-propagated gradients shrink layer by layer."""
STUCK_AFTER = Threshold(0.3, OURS)
"""Share of the planned steps after which a run that still guesses is called stuck, and one that
never says a class is said to."""
ABOVE_CHANCE = Threshold(2.0, OURS)
"""Times the accuracy of guessing from which a run has left chance."""
OF_FEW_CLASSES = Threshold(0.2, "twice chance would be all right of two classes")
"""Of few classes: the share of the way from guessing to all right from which it has."""
EXPLAINED = Threshold(0.05, "a twentieth: what chance may leave of a small test part")
"""Where there are no classes: how far the test loss must be below that of one answer for all, as a
share of it, for a run to have left chance."""
BEHIND_SHARE = Threshold(0.05, OURS)
"""Far behind: by more than this share of what the best run has gained since its first evaluation,
0.04 of test accuracy where the best has 0.98 and began at 0.1, …"""
BEHIND_SPREADS = Threshold(3.0, "three standard deviations: one in 700 by chance")
"""… and by more than so many standard deviations between runs that differ in nothing but the seed
(the median over the groups of seeds; 0 where there are none)."""
PACE_RATIO = Threshold(1 / 3, OURS)
"""Logits gained at the pace of step 0 against the best run's, below which the pace is a cause."""
STRONG_DROPOUT = Threshold(0.5, "Srivastava et al. 2014, JMLR 15: 0.5 for hidden units")
"""More than the usual dropout."""
KEPT_PATHS = Threshold(1 / 16, "dropout limits depth: Schoenholz et al. 2017, arXiv 1611.01232")
"""Share of the paths through all hidden layers that dropout leaves in a step: what half of the
units in each of four layers leaves. The deeper the network, the less of the signal survives it."""
