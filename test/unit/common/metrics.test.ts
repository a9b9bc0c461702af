import { createMetrics } from '../../../common/metrics.js';

/** Labels whose values come from closed lists. */
const allowed = new Set([
  ...['endpoint', 'status', 'class', 'result', 'tier', 'verdict', 'code', 'operation', 'outcome'],
  ...['reason', 'kind', 'method', 'route', 'source', 'command', 'state', 'part'],
]);

describe('the labels of the metrics', () => {
  it('are names of closed lists; none can hold the id of an organization or a person', async () => {
    const { registry } = createMetrics();
    const own = registry
      .getMetricsAsArray()
      .map((metric) => metric as unknown as { name: string; labelNames: string[] })
      .filter(({ name }) => !/^pillar_(nodejs|process)_/.test(name));
    expect(own.length).toBeGreaterThan(20);
    const strange = own.flatMap(({ name, labelNames }) =>
      labelNames.filter((label) => !allowed.has(label)).map((label) => `${name}: ${label}`),
    );
    expect(strange).toEqual([]);
  });
});
