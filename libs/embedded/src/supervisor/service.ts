/** How to run one program as a child and how to tell that it serves. */
export interface Service {
  /** Short and fixed: names the log file and stands in messages. */
  readonly name: string;
  /** What must be true before each start; a MissingPrerequisite thrown here is for the user. */
  prepare?(): Promise<void>;
  /** Read after `prepare`, at each start. */
  command(): ServiceCommand;
  /** Resolves true when the program answers; called again and again until then. */
  ready(): Promise<boolean>;
  /** Time it may take from start to ready. */
  readonly readyWithinMs: number;
  /** Time it may take to stop after it was asked to, before it is killed. */
  readonly stopWithinMs: number;
}

export interface ServiceCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}
