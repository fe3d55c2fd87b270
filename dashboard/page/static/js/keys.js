/* Keys. (being built) */
export function startKeys() {}
