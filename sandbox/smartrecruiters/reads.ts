import type { ApplicationReads, LedgerEntry } from './control.js';
import type { Application } from './records.js';

/**
 * When the interviews of each application were last listed, and how long a scripted change waited
 * for the first list that had it. In memory: a restart starts anew.
 */
export class Reads {
  private readonly companies = new Map<string, Map<string, ApplicationReads>>();
  private readonly unread = new Map<string, LedgerEntry[]>();

  /** A list was answered with 200; `arrivedAt` is the time of its request (epoch ms). */
  listed(options: { application: Application; arrivedAt: number }): void {
    const { application, arrivedAt } = options;
    let mine = this.companies.get(application.companyId);
    if (mine === undefined) {
      mine = new Map();
      this.companies.set(application.companyId, mine);
    }
    const row = mine.get(application.id);
    if (row === undefined) {
      mine.set(application.id, {
        applicationId: application.id,
        lastListedAt: arrivedAt,
        count: 1,
      });
    } else {
      row.lastListedAt = Math.max(row.lastListedAt, arrivedAt);
      row.count += 1;
    }
    this.meetChanges({ applicationId: application.id, arrivedAt });
  }

  /** From now on the next list of the application's interviews is the first that has the change. */
  expect(entry: LedgerEntry): void {
    const waiting = this.unread.get(entry.applicationId) ?? [];
    waiting.push(entry);
    this.unread.set(entry.applicationId, waiting);
  }

  ofCompany(companyId: string): ApplicationReads[] {
    return [...(this.companies.get(companyId)?.values() ?? [])];
  }

  private meetChanges(options: { applicationId: string; arrivedAt: number }): void {
    const { applicationId, arrivedAt } = options;
    const waiting = this.unread.get(applicationId);
    if (waiting === undefined) return;
    const later = waiting.filter((entry) => entry.at > arrivedAt);
    for (const entry of waiting) if (entry.at <= arrivedAt) entry.firstListedAt = arrivedAt;
    if (later.length === 0) this.unread.delete(applicationId);
    else this.unread.set(applicationId, later);
  }
}
