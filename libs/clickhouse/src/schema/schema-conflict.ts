/** The store cannot be changed into what the catalogue says; the message has the remedy. */
export class SchemaConflict extends Error {
  override readonly name = 'SchemaConflict';
}
