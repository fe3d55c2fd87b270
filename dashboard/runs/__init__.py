"""What is known of runs right now, made from the record alone: lines, groups, verdicts; draws
nothing."""
