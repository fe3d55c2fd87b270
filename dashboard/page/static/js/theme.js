/* Light and dark. (being built) */
export function startTheme() {}
