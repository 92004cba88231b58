// THE TABLE of columns that name blobs. A blob is garbage when none of them names it: whoever adds such a column adds a line.

export const blobColumns: readonly (readonly [table: string, column: string])[] = [
  ["function_version", "code_key"],
  ["function_layer", "code_key"],
  ["layer_version", "code_key"],
  ["message", "blob_key"],
];
