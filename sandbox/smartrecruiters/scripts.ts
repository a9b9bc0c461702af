import type { LedgerEntry, ScriptState } from './control.js';
import type { ControlInput } from './control-inputs.js';
import { ControlError } from './errors.js';
import type { Reads } from './reads.js';
import { runScript, type Script } from './script.js';
import type { World } from './world.js';

/** One script at a time for each company, and one ledger of all that its scripts did. */
export class Scripts {
  private readonly parts: { world: World; reads: Reads; timeFactor: number };
  private readonly scripts = new Map<string, Script>();
  private readonly ledgers = new Map<string, LedgerEntry[]>();

  constructor(parts: { world: World; reads: Reads; timeFactor: number }) {
    this.parts = parts;
  }

  /** 409 while another script of the company runs. */
  start(input: ControlInput<'startScript'>): ScriptState {
    const { companyId } = input;
    if (this.state(companyId)?.state === 'running') {
      throw new ControlError({ status: 409, message: 'A script of this company is running' });
    }
    const ledger = this.ledger(companyId);
    this.ledgers.set(companyId, ledger);
    const script = runScript({ ...this.parts, input, ledger });
    this.scripts.set(companyId, script);
    return script.state();
  }

  stop(companyId: string): ScriptState | null {
    this.scripts.get(companyId)?.stop();
    return this.state(companyId);
  }

  state(companyId: string): ScriptState | null {
    return this.scripts.get(companyId)?.state() ?? null;
  }

  ledger(companyId: string): LedgerEntry[] {
    return this.ledgers.get(companyId) ?? [];
  }

  close(): void {
    for (const script of this.scripts.values()) script.stop();
  }
}
