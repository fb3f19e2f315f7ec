/** What a person calls a model file. */
export type NamedModel =
  | { readonly kind: 'file'; readonly repo: string; readonly filename: string }
  /** The file of a repository whose name has this quantization. */
  | { readonly kind: 'quant'; readonly repo: string; readonly quant: string }
  /** The only file of a repository. */
  | { readonly kind: 'repo'; readonly repo: string }
  /** A name of the list of presets. */
  | { readonly kind: 'short'; readonly name: string }
