import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

/** Writes a file as the repository's formatter would leave it. */
export async function writeFormatted(path: string, text: string): Promise<void> {
  const settings = await resolveConfig(path);
  writeFileSync(path, await format(text, { ...settings, filepath: path }));
}
