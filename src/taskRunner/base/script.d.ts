/** Scripts that the bundler puts in as text. */
declare module "*.sh" {
  const script: string;
  export default script;
}
declare module "*.pl" {
  const script: string;
  export default script;
}
