import { createNudges } from '../../../api/nudges.js';
import { createLogger } from '../../../common/logger.js';
import { fakeGateway } from '../../api/support/fakes.js';
import { eventually } from '../../support/eventually.js';

const life = { orgId: 'acme', generation: 'life-1' };
const logger = createLogger({ level: 'silent', name: 'test' });

describe('nudges of the watch', () => {
  it('come at once, then once for all that came meanwhile', async () => {
    const gateway = fakeGateway();
    const nudge = createNudges({ gateway, logger, everyMs: 60 });
    for (let event = 0; event < 50; event += 1) nudge(life);
    expect(gateway.nudges).toEqual([life]);
    await eventually(() => gateway.nudges.length === 2);
    nudge(life);
    await eventually(() => gateway.nudges.length === 3);
  });

  it('of one organization do not hold back another', () => {
    const gateway = fakeGateway();
    const nudge = createNudges({ gateway, logger, everyMs: 60_000 });
    nudge(life);
    nudge({ ...life, orgId: 'other' });
    nudge(life);
    expect(gateway.nudges.map(({ orgId }) => orgId)).toEqual(['acme', 'other']);
  });

  it('are lost without harm while Temporal is away', async () => {
    const gateway = fakeGateway();
    gateway.isAway = true;
    const nudge = createNudges({ gateway, logger, everyMs: 20 });
    nudge(life);
    gateway.isAway = false;
    nudge(life);
    await eventually(() => gateway.nudges.length === 1);
    expect(gateway.nudges).toEqual([life]);
  });
});
