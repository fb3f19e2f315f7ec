/**
 * Names of quantizations as they stand in names of files, the more particular before what is part of
 * them. The order of the sixteen of the bodhi contract §4.10 is kept; the others were added.
 */
const quantizations = [
  'Q5_K_M',
  'Q5_K_S',
  'Q5_K_L',
  'Q5_K_XL',
  'Q4_K_M',
  'Q4_K_S',
  'Q4_K_L',
  'Q4_K_XL',
  'Q3_K_XL',
  'Q3_K_L',
  'Q3_K_M',
  'Q3_K_S',
  'Q8_K_XL',
  'Q8_0',
  'Q6_K_XL',
  'Q6_K_L',
  'Q6_K',
  'Q5_1',
  'Q5_0',
  'Q4_1',
  'Q4_0_4_4',
  'Q4_0_4_8',
  'Q4_0_8_8',
  'Q4_0',
  'Q2_K_XL',
  'Q2_K_L',
  'Q2_K_S',
  'Q2_K',
  'IQ1_S',
  'IQ1_M',
  'IQ2_XXS',
  'IQ2_XS',
  'IQ2_S',
  'IQ2_M',
  'IQ3_XXS',
  'IQ3_XS',
  'IQ3_S',
  'IQ3_M',
  'IQ4_XS',
  'IQ4_NL',
  'TQ1_0',
  'TQ2_0',
  'MXFP4',
  'NVFP4',
  'BF16',
  'F16',
  'F32',
]

/** How a file's weights are stored, as its name says; null when it does not. */
export function quantizationOf(filename: string): string | null {
  const name = filename.toUpperCase()
  return quantizations.find((quantization) => name.includes(quantization)) ?? null
}
