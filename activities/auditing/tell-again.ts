import type { InterviewDoc } from '../../common/read-model/documents.js';
import type { ActivityDeps } from '../deps.js';
import { reconcileInterview } from '../interviews/reconcile.js';

/** As if it had never been said: the next decision tells the join, and starts one if there is none. */
export async function tellAgain(deps: ActivityDeps, doc: InterviewDoc): Promise<void> {
  await deps.collections.interviews.collection.updateOne(
    { _id: doc._id as never },
    { $set: { 'told.done': false } },
  );
  await reconcileInterview(deps, doc);
}
