import teardown from "./teardown.cjs";

export function setup() {}
export { teardown };
