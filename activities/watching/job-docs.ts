import type { mongo } from 'mongoose';
import type { Collections } from '../../common/read-model/collections.js';
import type { JobDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { VendorJob } from '../smartrecruiters/vendor-types.js';

/** A job as it is kept; `seenAt` (epoch ms) is when the reading that named it began. */
export function jobDoc(life: Life, job: VendorJob, seenAt: number): JobDoc {
  return {
    _id: `${life.orgId}/${job.jobId}`,
    orgId: life.orgId,
    generation: life.generation,
    jobId: job.jobId,
    title: job.title,
    refNumber: job.refNumber,
    department: job.department,
    location: job.location,
    status: job.status,
    open: job.open,
    confidential: job.confidential,
    lastActivityAt: job.lastActivityAt,
    seenAt,
  };
}

/** Writes jobs as they are now, known or new. */
export async function storeJobs(
  collections: Collections,
  life: Life,
  jobs: readonly VendorJob[],
  seenAt: number,
): Promise<void> {
  if (jobs.length === 0) return;
  const writes = jobs.map((job): mongo.AnyBulkWriteOperation => {
    const { _id, ...fields } = jobDoc(life, job, seenAt);
    return {
      updateOne: { filter: { _id: _id as never }, update: { $set: fields }, upsert: true },
    };
  });
  await collections.jobs.collection.bulkWrite(writes, { ordered: false });
}
