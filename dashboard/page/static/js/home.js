/* All experiments. (being built) */
export function startHome() {}
