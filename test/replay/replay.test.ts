import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { createDataConverter } from '../../common/data-converter.js';
import { historyPaths } from '../histories/paths.js';
import { testCodecKeys } from '../support/workflow-env.js';

const folder = fileURLToPath(new URL('../histories/', import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

interface SavedHistory {
  events: { activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[];
}

function saved(file: string): SavedHistory {
  return JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as SavedHistory;
}

async function replay(history: unknown): Promise<void> {
  const codePath = process.env.TEST_WORKFLOW_BUNDLE;
  if (codePath === undefined) throw new Error('TEST_WORKFLOW_BUNDLE is not set: use npm test');
  await Worker.runReplayHistory(
    {
      workflowBundle: { codePath },
      dataConverter: createDataConverter({ codecKeys: testCodecKeys }),
    },
    history,
  );
}

describe('the workflows of today', () => {
  it.each(files)('replay %s', async (file) => {
    await expect(replay(saved(file))).resolves.toBeUndefined();
  });

  it.each(files)('find out when a step of %s was another one', async (file) => {
    const history = saved(file);
    const steps = history.events.flatMap(
      (event) => event.activityTaskScheduledEventAttributes ?? [],
    );
    const [first] = steps;
    if (first === undefined) throw new Error(`${file} has no activity`);
    first.activityType.name = 'anotherActivity';

    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });
});

describe('the saved histories', () => {
  it('are those of the paths, each small', () => {
    expect([...files].sort()).toEqual(historyPaths.map(({ name }) => `${name}.json`).sort());
    for (const file of files) expect(statSync(`${folder}${file}`).size).toBeLessThan(300 * 1_024);
  });
});
