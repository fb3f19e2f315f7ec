import type { FileListWriter } from '../../src/features/files/index.ts'

/** A list of files in a test's words; a thread finds it by its name. */
export const writeFileNames: FileListWriter = ({ files, total }, kept) =>
  JSON.stringify({ kept, total, files: files.map(({ name, data }) => [name, data]) })

export const fileNamesWriter = { module: import.meta.url, name: writeFileNames.name }
