/**
 * Three projects: `offline` needs no server and no network; `integration` shares one Temporal server
 * and one MongoDB (or its stand-in), which `test/support/run-tests.ts` starts and names in the
 * environment (`TEST_TEMPORAL_ADDRESS`, `TEST_MONGODB_URI`, …); `browser` drives Chromium.
 *
 * @type {import('jest').Config}
 */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

const folders = (...names) => names.map((name) => `<rootDir>/test/${name}/**/*.test.ts`);

export default {
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'offline',
      testMatch: folders('unit', 'activities', 'api', 'replay', 'architecture', 'sandbox'),
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: [
        ...folders('store', 'workflows', 'time-skipping', 'end-to-end'),
        // 119 cells at once want the machine for themselves: `npm run test:matrix`.
        ...(process.env.TEST_MATRIX === '1' ? ['<rootDir>/test/end-to-end/**/*.cells.ts'] : []),
      ],
    },
    { ...shared, displayName: 'browser', testMatch: folders('browser') },
  ],
};
