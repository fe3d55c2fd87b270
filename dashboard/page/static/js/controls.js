/* Chips, search, axes. (being built) */
export function controls() { return { update() {} }; }
