import { Progress, Text } from '@mantine/core';
import type { ImportProgress } from '../api/types.js';
import { duration } from '../times.js';
import { importStages } from '../words.js';
import { Icon } from './icons.js';
import classes from './import-progress.module.css';
import { Notice } from './notice.js';

/** The first reading of everything, stage by stage; gone when all was read. */
export function ImportBar({ progress }: { progress: ImportProgress | null }) {
  if (progress === null) return null;
  const { stage, done, total } = progress;
  const at = importStages.findIndex((one) => one.stage === stage);
  const share = total === null || total === 0 ? 100 : Math.round((100 * done) / total);
  return (
    <Notice tone="info" icon="clock" title="Reading SmartRecruiters for the first time">
      <Text size="sm" mb={6}>
        {importStages[at]?.doing}: {done.toLocaleString('en')}
        {total === null ? '' : ` of ${total.toLocaleString('en')}`}
        {pace(progress)}
      </Text>
      <Progress
        value={share}
        size="lg"
        animated={total === null}
        aria-label="Progress of the import"
      />
      <ol className={classes.stages}>
        {importStages.map(({ stage: name, label }, index) => (
          <li
            key={name}
            className={classes.stage}
            data-state={index < at ? 'done' : index === at ? 'now' : 'ahead'}
            aria-current={index === at ? 'step' : undefined}
          >
            {index < at ? <Icon name="check" size={14} /> : null}
            <Text span size="sm" fw={index === at ? 650 : 400}>
              {label} {progress.counts[name].toLocaleString('en')}
            </Text>
          </li>
        ))}
      </ol>
    </Notice>
  );
}

function pace({ requestsPerSecond, etaSeconds }: ImportProgress): string {
  const parts = [
    etaSeconds === null ? null : `about ${duration(etaSeconds)} to go`,
    requestsPerSecond > 0 ? `${requestsPerSecond.toFixed(1)} requests a second` : null,
  ].filter((part) => part !== null);
  return parts.map((part) => `, ${part}`).join('');
}
