"""The numbers at which a verdict turns, each with where it comes from.

They are looked at in order by the rules of `dashboard.runs.verdict`; nothing is judged here.
"""

LEARNED = 0.5
"""Test accuracy from which a run counts as one that learns: half of the images right."""
TWIN_SHARE = 0.9
"""Equal units get equal gradients and stay equal: a layer of them is as good as one unit
(Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.4)."""
OVERSHOOT = 12.0
"""Curvature along the first update against its slope. Gradient descent on a quadratic diverges
above 2; networks first jump to a flatter place and survive up to about 12 (Lewkowycz et al. 2020,
The large learning rate phase of deep learning, arXiv 2003.02218)."""
UPDATE_RATIO = 1.0
"""An update as large as the weights replaces them; about 1/1000 is usual (Stanford CS231n notes,
Neural networks part 3)."""
EXPLODED_STD = 1e3
"""Pre-activations of this size leave every bounded activation flat and make any error huge."""
DEAD_SHARE = 0.95
"""Share of dead units in a layer that lets next to nothing through."""
SATURATED_SHARE = 0.5
"""Share of saturated units in a layer above which its gradient is lost (Glorot & Bengio 2010)."""
AGREEMENT = 0.2
"""Cosine between the gradients that two halves of the probe ask for. Below it what is learned from
one half says nothing of the other: the chaotic phase (Schoenholz et al. 2017, arXiv 1611.01232)."""
REACH = 0.04
"""Logits that the labels gain within all planned steps, at the pace of the first one. Learning
speeds up as the layers align (Saxe, McClelland & Ganguli 2013, arXiv 1312.6120), so far less than 1
will do; below this the plateau outlasts the run. Measured: tests/benchmarks/bench_verdict.py."""
VISIBLE = 0.1
"""The same against the spread of the first, random logits: less stays hidden beneath them."""
SLOW_REACH = 0.5
"""Below this a run that gets there is late."""
VANISHED_RATIO = 0.05
VANISHED_NORM = 1e-3
"""A layer's gradient norm, against the largest layer's and by itself, that counts as vanished
(Glorot & Bengio 2010: back-propagated gradients shrink layer by layer)."""
STUCK_AFTER = 0.3
"""Share of the planned steps after which a run that still guesses is called stuck."""
ABOVE_CHANCE = 2.0
"""Times the accuracy of guessing from which a run has left chance."""
SLOW_GAP = 0.1
"""Test accuracy behind the best run at the same step that makes a learning run slow."""
