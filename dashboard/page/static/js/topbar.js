/* The bar on top. (being built) */
export function topbar() { return { update() {}, online() {} }; }
