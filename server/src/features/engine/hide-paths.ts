/** `file:///`, `/a/b/` or `C:\a\`, at the beginning of a word. */
const folders =
  /(?<![\w.:/\\])(?:file:\/\/)?(?:\/(?:[^\s/'"`:()]+\/)+|[A-Za-z]:\\(?:[^\s\\'"`()]+\\)*)/gu

/**
 * What an engine says, fit for people who may not know where it runs: a model's file is called by
 * the model's name, of other paths only the last part is left.
 */
export function hidePaths(
  text: string,
  { path, name }: { readonly path: string; readonly name: string },
): string {
  return text.replaceAll(path, name).replaceAll(folders, '')
}
