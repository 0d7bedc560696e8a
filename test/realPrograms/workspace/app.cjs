// For programs that run CommonJS only.
void import("./app.mjs");
