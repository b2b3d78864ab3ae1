/** The one function of jstat (it ships no types) that the benchmark uses. */
declare module 'jstat' {
  const library: {
    studentt: { inv(probability: number, degreesOfFreedom: number): number };
  };
  export default library;
}
