import type { InstallationDoc, WorkRow } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { SmartRecruitersClient } from '../smartrecruiters/client.js';
import type { WatchPeriods } from './tiers.js';

/** One row's turn in a slice: it is leased, and the number of its reading is drawn. */
export interface Turn extends Life {
  /** As leased: `readSeq` is the number of this reading. */
  row: WorkRow;
  installation: InstallationDoc;
  client: SmartRecruitersClient;
  /** As they hold for this organization now: stretched by webhooks, shortened by spare budget. */
  periods: WatchPeriods;
}

/**
 * What a turn leads to. `row` is written when the lease is given back; it says when the row is due
 * again. Requests that fail throw `SmartRecruitersError`, and nothing that was not seen in a
 * successful answer counts as gone.
 */
export interface TurnResult {
  requests: number;
  /** Interviews that changed in a way that matters. */
  changed: number;
  row: Partial<Omit<WorkRow, '_id'>>;
}
