/** The machine lacks something; the message says what and how to get it, for a person as it stands. */
export class MissingPrerequisite extends Error {
  override readonly name = 'MissingPrerequisite';
}
