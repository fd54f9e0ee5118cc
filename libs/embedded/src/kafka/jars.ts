import { MissingPrerequisite } from '../process/prerequisite.js';

/** The part of kafka/jars.mjs that is used here; that file is plain JavaScript to run before compilation. */
interface JarsModule {
  ensureKafkaJars(): Promise<string>;
  javaProgram(): string;
}

const location = new URL('../../kafka/jars.mjs', import.meta.url).href;

/**
 * Makes sure that Java and Kafka's jars are there, downloading the jars by Maven when they are not (some
 * ten seconds). Throws MissingPrerequisite with the remedy.
 */
export async function ensureKafkaJars(): Promise<{ java: string; classPath: string }> {
  const jars = (await import(location)) as JarsModule;
  try {
    return { classPath: `${await jars.ensureKafkaJars()}/*`, java: jars.javaProgram() };
  } catch (error) {
    if (error instanceof Error && error.name === 'MissingPrerequisite') {
      throw new MissingPrerequisite(error.message);
    }
    throw error;
  }
}
