/** A value that `test/support/run-tests.ts` sets; throws in words when jest was started without it. */
export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: run this through npm test, which starts the servers`);
  }
  return value;
}
