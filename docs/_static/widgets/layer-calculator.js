"use strict";
// 形状与参数计算器。算的部分照 Keras 的源码，报错用 Keras 的第一句话；
// tests/test_calculator.py 拿几千组随机的设置，与装着的 Keras 逐个比
const layerCalculator = (() => {
  // 设置：说明，怎样填，Keras 的默认值（没有的必须写），一开始填什么
  const FIELDS = {
    units: ["单元数", "int", , 64],
    filters: ["卷积核的个数", "int", , 16],
    kernel_size: ["卷积核的大小", "tuple", , 3],
    pool_size: ["窗口的大小", "tuple", 2, 2],
    size: ["放大几倍", "tuple", 2],
    strides: ["步幅", "tuple", 1],
    padding: ["填充", ["valid", "same"], "valid"],
    dilation_rate: ["空洞的间隔", "tuple", 1],
    output_padding: ["输出的填充", "tuple", null],
    groups: ["分几组", "int", 1],
    depth_multiplier: ["每个通道几个核", "int", 1],
    target_shape: ["目标形状，-1 让它自己算", "tuple", , [-1]],
    input_dim: ["一共几个词", "int", , 1000],
    output_dim: ["向量的长度", "int", , 16],
    num_heads: ["头数", "int", , 2],
    key_dim: ["每个头的键有几个数", "int", , 16],
    value_dim: ["每个头的值有几个数", "int", null],
    layer: ["里面的层", ["LSTM", "GRU", "SimpleRNN"], , "LSTM"],
    merge_mode: ["怎样合并", ["concat", "sum", "mul", "ave"], "concat"],
    return_sequences: ["每一步都输出", "bool", false],
    reset_after: ["重置门用在相乘之后", "bool", true],
    keepdims: ["留着长度为 1 的轴", "bool", false],
    axis: ["哪个轴", "int", -1],
    scale: ["学缩放", "bool", true],
    center: ["学平移", "bool", true],
    rate: ["丢弃的比例", "float", , 0.5],
    activation: ["激活函数", [null, "relu", "sigmoid", "tanh", "softmax"], null, "relu"],
    use_bias: ["偏置", "bool", true],
    data_format: ["通道在", ["channels_last", "channels_first"], "channels_last"],
  };
  const conv = "filters kernel_size strides padding activation dilation_rate groups use_bias data_format";
  const pooling = "pool_size strides padding data_format";
  const KINDS = {
    Dense: ["units activation use_bias"],
    Conv1D: [conv, 1],
    Conv2D: [conv, 2],
    Conv3D: [conv, 3],
    DepthwiseConv2D: ["kernel_size strides padding activation depth_multiplier dilation_rate use_bias data_format", 2],
    SeparableConv2D: ["filters kernel_size strides padding activation depth_multiplier dilation_rate use_bias data_format", 2],
    Conv2DTranspose: ["filters kernel_size strides padding activation output_padding dilation_rate use_bias data_format", 2],
    ...Object.fromEntries(["MaxPooling", "AveragePooling"].flatMap((name) => [1, 2, 3].map((rank) => [`${name}${rank}D`, [pooling, rank]]))),
    ...Object.fromEntries(["GlobalMaxPooling", "GlobalAveragePooling"].flatMap((name) => [1, 2, 3].map((rank) => [`${name}${rank}D`, ["keepdims data_format", rank]]))),
    UpSampling2D: ["size data_format", 2],
    Flatten: ["data_format"],
    Reshape: ["target_shape"],
    Embedding: ["input_dim output_dim"],
    SimpleRNN: ["units return_sequences use_bias"],
    GRU: ["units return_sequences reset_after use_bias"],
    LSTM: ["units return_sequences use_bias"],
    Bidirectional: ["layer units merge_mode return_sequences use_bias"],
    MultiHeadAttention: ["num_heads key_dim value_dim use_bias"],
    BatchNormalization: ["axis scale center"],
    LayerNormalization: ["axis scale center"],
    Dropout: ["rate"],
    Activation: ["activation"],
  };
  const INPUTS = { 1: [100, 8], 2: [28, 28, 1], 3: [16, 16, 16, 1], Embedding: [100], SimpleRNN: [100, 8], GRU: [100, 8], LSTM: [100, 8], Bidirectional: [100, 8], MultiHeadAttention: [100, 32], Flatten: [28, 28, 1] };

  const fields = (kind) => KINDS[kind][0].split(" ");
  const rankOf = (kind) => KINDS[kind][1];
  const exampleInput = (kind) => INPUTS[kind] ?? INPUTS[rankOf(kind)] ?? [784];
  // Keras 的默认值：没有写就用它
  const standard = (kind, name) => {
    if (name === "strides" && kind.includes("Pooling")) return null;
    if (kind === "Activation" || (name === "pool_size" && kind.startsWith("Average"))) return undefined;
    return FIELDS[name][2];
  };
  const initial = (kind, name) => { const usual = standard(kind, name); return usual === undefined ? FIELDS[name][3] : usual; };
  const options = (kind, name) => {
    if (name === "padding" && kind === "Conv1D") return ["valid", "same", "causal"];
    return name === "activation" && kind === "Activation" ? FIELDS.activation[1].slice(1) : FIELDS[name][1];
  };

  const product = (numbers) => numbers.reduce((all, one) => all * one, 1);
  const known = (numbers) => numbers.every((one) => one !== null);
  const commas = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  const minus = (number) => commas(number).replace("-", "−");
  const equals = (text, value) => `${text} = ${commas(value)}`;
  const times = (numbers) => numbers.join("×");
  const show = (shape) => (Array.isArray(shape) ? `(${shape.map((one) => one ?? "None").join(", ")}${shape.length === 1 ? "," : ""})` : String(shape));
  // 与 Keras 一样：Conv2DTranspose 叫 conv2d_transpose
  const snake = (kind) => kind.replace(/(.)([A-Z][a-z]+)/g, "$1_$2").replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();

  class Refused extends Error {
    constructor(error, why) {
      super(error);
      this.why = why;
    }
  }
  const refuse = (when, error, why = "") => {
    if (when) throw new Refused(error, why);
  };

  // 造层时看设置的几句
  const positive = (value, error) => refuse(value <= 0, error, `收到的是 ${minus(value)}。`);
  const tuple = (value, rank, name, least = 1) => {
    const values = Array.isArray(value) ? value : Array(rank).fill(value);
    const wrong = values.length !== rank || values.some((one) => one < least);
    refuse(wrong, `The \`${name}\` argument must be a tuple of ${rank} integers.`, `这里要一个数，或者 ${rank} 个数，都不小于 ${least}；收到的是 ${show(values)}。`);
    return values;
  };
  const axes = (kind, shape, rank, least) => {
    const found = shape.length;
    if (least ? found >= rank : found === rank) return;
    const error = `Input 0 with name 'None' of layer '${snake(kind)}' is incompatible with the layer: expected ${least ? "min_" : ""}ndim=${rank}, found ndim=${found}.`;
    refuse(true, error, `连批在内要 ${rank} 个轴，收到的 ${show(shape)} 有 ${found} 个。`);
  };
  const weights = (...sizes) => refuse(!known(sizes), "Shapes used to initialize variables must be fully-defined (no `None` dimensions).", "权重有几行看的是这个轴，它不能是 None。");

  // 窗口在一个轴上：输出几格，怎样算，哪些格没有窗口看到
  const slide = (size, kernel, stride, dilation, padding) => {
    const extent = dilation * (kernel - 1) + 1;
    const same = padding !== "valid";
    const out = size === null ? null : same ? Math.ceil(size / stride) : Math.floor((size - extent) / stride) + 1;
    const wide = dilation > 1 ? `${dilation}×(${kernel} − 1) − 1` : kernel;
    const text = same ? `⌈${size} ÷ ${stride}⌉` : `⌊(${size} − ${wide}) ÷ ${stride}⌋ + 1`;
    return { out, text: size === null ? "" : equals(text, out), end: size === null || out < 1 ? null : unseen(size, out, kernel, stride, dilation, extent, padding) };
  };
  const unseen = (size, out, kernel, stride, dilation, extent, padding) => {
    if (out * kernel > 1e6) return null;
    const before = padding === "causal" ? extent - 1 : padding === "same" ? Math.max((out - 1) * stride + extent - size, 0) >> 1 : 0;
    const seen = new Set();
    let last = -1;
    for (let window = 0; window < out; window++)
      for (let cell = 0; cell < kernel; cell++) {
        const at = window * stride - before + cell * dilation;
        if (at >= 0 && at < size) {
          seen.add(at);
          last = Math.max(last, at);
        }
      }
    return { end: size - 1 - last, between: last + 1 - seen.size };
  };

  const spatial = (kind, settings, shape) => {
    const first = settings.data_format === "channels_first";
    return {
      channels: first ? shape[1] : shape.at(-1),
      sizes: first ? shape.slice(2) : shape.slice(1, -1),
      join: (sizes, channels) => (first ? [shape[0], channels, ...sizes] : [shape[0], ...sizes, channels]),
    };
  };
  const slides = (sizes, kernel, strides, dilation, padding) => {
    const axis = sizes.map((size, i) => slide(size, kernel[i], strides[i], dilation[i], padding));
    const small = axis.findIndex(({ out }) => out !== null && out <= 0);
    refuse(small >= 0, "Computed output size would be zero or negative.", small >= 0 ? `${sizes[small]} 格放不下跨 ${dilation[small] * (kernel[small] - 1) + 1} 格的窗口。` : "");
    return {
      sizes: axis.map(({ out }) => out),
      sizeFormula: [...new Set(axis.map(({ text }) => text).filter(Boolean))].join("；"),
      dropped: axis.every(({ end }) => end) ? axis.map(({ end }) => end) : null,
      window: kernel.map((one, i) => ({ extent: dilation[i] * (one - 1) + 1, stride: strides[i] })),
    };
  };

  const convolution = (kind, settings, shape) => {
    const rank = rankOf(kind);
    const { filters, groups = 1, depth_multiplier: multiplier = 1, padding, use_bias } = settings;
    const kernel = tuple(settings.kernel_size, rank, "kernel_size");
    const strides = tuple(settings.strides, rank, "strides");
    const dilation = tuple(settings.dilation_rate, rank, "dilation_rate");
    const transposed = kind === "Conv2DTranspose";
    const extra = settings.output_padding == null ? null : tuple(settings.output_padding, rank, "output_padding", 0);
    positive(multiplier, "Invalid value for argument `depth_multiplier`.");
    if (filters !== undefined) positive(filters, "Invalid value for argument `filters`.");
    positive(groups, "The number of groups must be a positive integer.");
    refuse(filters % groups, "The number of filters must be evenly divisible by the number of groups.", `${filters} 个卷积核分不成 ${groups} 组。`);
    refuse(extra?.some((one, i) => one >= strides[i]), "`output_padding` must be strictly less than `strides` for all dimensions.", "output_padding 是步幅留下的余数，要比步幅小。");
    const both = Math.max(...strides) > 1 && Math.max(...dilation) > 1;
    refuse(both && !("depth_multiplier" in settings), "`strides > 1` not supported in conjunction with `dilation_rate > 1`.", "步幅和空洞只能用一样。");
    axes(kind, shape, rank + 2, true);
    const { channels, sizes, join } = spatial(kind, settings, shape);
    weights(channels);
    refuse(channels % groups, "The number of input channels must be evenly divisible by the number of groups.", `${channels} 个通道分不成 ${groups} 组。`);
    const made = filters ?? multiplier * channels;
    const wrong = `Kernel shape must have the same length as input, but received kernel of shape ${show([...kernel, channels, made])} and input of shape ${show(shape)}.`;
    refuse(sizes.length !== rank, wrong, `要 ${rank + 2} 个轴，收到 ${shape.length} 个。`);

    const bias = use_bias ? " + 1" : "";
    const plus = use_bias ? 1 : 0;
    if (transposed) {
      const axis = sizes.map((size, i) => {
        if (size === null) return { out: null, text: "" };
        const [k, s] = [dilation[i] * (kernel[i] - 1) + 1, strides[i]];
        const end = extra ? extra[i] : Math.max(k, s) - k;
        const more = end ? ` + ${end}` : "";
        if (padding === "valid") return { out: (size - 1) * s + k + end, text: `(${size} − 1) × ${s} + ${k}${more}` };
        return extra ? { out: (size - 1) * s + (k % 2) + end, text: `(${size} − 1) × ${s} + ${k % 2}${more}` } : { out: size * s, text: `${size} × ${s}` };
      });
      const outs = axis.map(({ out }) => out);
      return {
        shape: join(outs, filters),
        sizeFormula: [...new Set(axis.map(({ out, text }) => text && equals(text, out)).filter(Boolean))].join("；"),
        parameters: (product(kernel) * channels + plus) * filters,
        formula: use_bias ? `(${times([...kernel, channels])} + 1) × ${filters}` : `${times([...kernel, channels])} × ${filters}`,
        work: [...sizes, ...kernel, channels, filters],
        window: kernel.map((one, i) => ({ extent: Math.ceil((dilation[i] * (one - 1) + 1) / strides[i]), stride: 1 / strides[i] })),
      };
    }
    const { sizes: outs, ...rest } = slides(sizes, kernel, strides, dilation, padding);
    const one = { shape: join(outs, made), ...rest };
    if (multiplier === undefined || !("depth_multiplier" in settings)) {
      const each = groups > 1 ? `${times(kernel)}×(${channels}÷${groups})` : times([...kernel, channels]);
      const inside = channels / groups;
      return {
        ...one,
        parameters: (product(kernel) * inside + plus) * filters,
        formula: use_bias ? `(${each} + 1) × ${filters}` : `${each} × ${filters}`,
        work: [...outs, ...kernel, inside, filters],
      };
    }
    const deep = product(kernel) * channels * multiplier;
    if (filters === undefined)
      return {
        ...one,
        parameters: deep + plus * made,
        formula: use_bias ? `(${times(kernel)} + 1) × ${channels} × ${multiplier}` : `${times(kernel)} × ${channels} × ${multiplier}`,
        work: [...outs, ...kernel, channels, multiplier],
      };
    const mixed = `${channels}×${multiplier}`;
    return {
      ...one,
      parameters: deep + (channels * multiplier + plus) * filters,
      formula: `${times(kernel)}×${mixed} + ${use_bias ? `(${mixed} + 1)` : mixed} × ${filters}`,
      work: [...outs, ...kernel, channels, multiplier],
      moreWork: [...outs, channels, multiplier, filters],
    };
  };

  const pool = (kind, settings, shape) => {
    const rank = rankOf(kind);
    const kernel = tuple(settings.pool_size, rank, "pool_size");
    const strides = tuple(settings.strides ?? settings.pool_size, rank, "strides", 0);
    axes(kind, shape, rank + 2);
    refuse(strides.includes(0), "division by zero", "步幅是 0，窗口就不动了。");
    const { channels, sizes, join } = spatial(kind, settings, shape);
    const { sizes: outs, ...rest } = slides(sizes, kernel, strides, kernel.map(() => 1), settings.padding);
    return { shape: join(outs, channels), ...rest };
  };

  const recurrent = (kind, settings, shape) => {
    const { units, return_sequences, use_bias, reset_after = true, merge_mode } = settings;
    const inside = kind === "Bidirectional" ? settings.layer : kind;
    positive(units, "Received an invalid value for argument `units`, expected a positive integer, got " + units);
    axes(kind, shape, 3);
    const [batch, steps, features] = shape;
    weights(features);
    const gates = { SimpleRNN: 1, GRU: 3, LSTM: 4 }[inside];
    const biases = use_bias ? (inside === "GRU" && reset_after ? 2 : 1) : 0;
    const both = kind === "Bidirectional" ? 2 : 1;
    const out = units * (merge_mode === "concat" ? 2 : 1);
    const ahead = `${both > 1 ? "2 × " : ""}${gates > 1 ? `${gates} × ` : ""}`;
    return {
      shape: return_sequences ? [batch, steps, out] : [batch, out],
      sizeFormula: merge_mode === "concat" ? equals(`2 × ${units}`, out) : "",
      parameters: both * gates * (features + units + biases) * units,
      formula: `${ahead}(${features} + ${units}${biases ? ` + ${biases}` : ""}) × ${units}`,
      work: [both, steps, gates, features + units, units],
      sees: "all",
    };
  };

  const normalization = (kind, settings, shape) => {
    const { axis, scale, center } = settings;
    refuse(axis >= shape.length || axis < -shape.length, "tuple index out of range", `${show(shape)} 没有第 ${minus(axis)} 个轴。`);
    const size = shape.at(axis);
    weights(...(kind === "BatchNormalization" || scale || center ? [size] : []));
    const moving = kind === "BatchNormalization" ? 2 : 0;
    const count = scale + center + moving;
    const first = axis !== -1 && axis !== shape.length - 1;
    return { shape, parameters: count * size, nonTrainable: moving * size, formula: count ? `${count} × ${size}` : "", sees: moving || !first ? "same" : undefined };
  };

  const LAYERS = {
    Dense: (kind, { units, use_bias }, shape) => {
      positive(units, "Received an invalid value for `units`, expected a positive integer.");
      axes(kind, shape, 2, true);
      const inputs = shape.at(-1);
      weights(inputs);
      return {
        shape: [...shape.slice(0, -1), units],
        parameters: (inputs + use_bias) * units,
        formula: use_bias ? `(${inputs} + 1) × ${units}` : `${inputs} × ${units}`,
        work: [...shape.slice(1), units],
        sees: shape.length === 2 ? "all" : "last",
      };
    },
    UpSampling2D: (kind, settings, shape) => {
      const size = tuple(settings.size, 2, "size");
      axes(kind, shape, 4);
      const { channels, sizes, join } = spatial(kind, settings, shape);
      const outs = sizes.map((one, i) => (one === null ? null : one * size[i]));
      const texts = sizes.map((one, i) => (one === null ? "" : equals(`${one} × ${size[i]}`, outs[i])));
      return { shape: join(outs, channels), sizeFormula: [...new Set(texts.filter(Boolean))].join("；"), window: size.map((one) => ({ extent: 1, stride: 1 / one })) };
    },
    Flatten: (kind, settings, shape) => {
      const rest = shape.slice(1);
      const all = known(rest) ? product(rest) : null;
      return { shape: [shape[0], all], sizeFormula: rest.length > 1 && all !== null ? equals(rest.join(" × "), all) : "", sees: "none" };
    },
    Reshape: (kind, { target_shape: value }, shape) => {
      const target = Array.isArray(value) ? value : [value];
      const rest = shape.slice(1);
      refuse(target.some((one) => one < -1), "Each dimension in `target_shape` must be a non-negative integer, or `-1` for a single unknown dimension.");
      const unknown = target.filter((one) => one === -1).length;
      refuse(unknown > 1, "There must be at most one unknown dimension (-1) in `target_shape`.", "只有一个 -1 时，才算得出它是几。");
      const put = (size) => ({ shape: [shape[0], ...target.map((one) => (one === -1 ? size : one))], sees: "none" });
      if (!known(rest)) return put(null);
      const [has, wants] = [product(rest), product(target.filter((one) => one !== -1))];
      refuse(!unknown && has !== wants, "The total size of the tensor must be unchanged.", `输入有 ${commas(has)} 个数，目标要 ${commas(wants)} 个。`);
      const error = "The total size of the tensor must be unchanged, however, the input size cannot by divided by the specified dimensions in target_shape.";
      refuse(unknown && (wants === 0 || has % wants), error, `输入有 ${commas(has)} 个数，除不尽 ${commas(wants)}。`);
      return { ...put(has / wants), sizeFormula: unknown && wants !== 1 ? equals(`${has} ÷ ${wants}`, has / wants) : "" };
    },
    Embedding: (kind, { input_dim, output_dim }, shape) => {
      positive(input_dim, "`input_dim` must be a positive integer.");
      positive(output_dim, "`output_dim` must be a positive integer.");
      return { shape: [...shape, output_dim], parameters: input_dim * output_dim, formula: `${input_dim} × ${output_dim}` };
    },
    MultiHeadAttention: (kind, { num_heads: heads, key_dim: key, value_dim, use_bias }, shape) => {
      positive(heads, "Received an invalid value for argument `num_heads`, expected a positive integer.");
      positive(key, "Received an invalid value for argument `key_dim`, expected a positive integer.");
      if (value_dim !== null) positive(value_dim, "Received an invalid value for argument `value_dim`, expected a positive integer or `None`.");
      const value = value_dim ?? key;
      const size = shape.at(-1);
      weights(size);
      const steps = shape.slice(1, -1);
      const [bias, plus] = use_bias ? [" + 1", 1] : ["", 0];
      const inner = use_bias ? `(${size} + 1)` : size;
      return {
        shape,
        parameters: (size + plus) * heads * (2 * key + value) + (heads * value + plus) * size,
        formula: `2 × ${inner} × ${heads}×${key} + ${inner} × ${heads}×${value} + (${heads}×${value}${bias}) × ${size}`,
        work: [...steps, size, heads, 2 * key + 2 * value],
        moreWork: [...steps, ...steps, heads, key + value],
        sees: "all",
      };
    },
    Dropout: (kind, { rate }, shape) => {
      refuse(rate < 0 || rate > 1, "Invalid value received for argument `rate`.", "比例在 0 与 1 之间。");
      return { shape, sees: "same" };
    },
    Activation: (kind, settings, shape) => ({ shape, sees: "same" }),
  };
  const compute = (kind) => {
    if (kind.startsWith("Global"))
      return (_, settings, shape) => {
        axes(kind, shape, rankOf(kind) + 2);
        const { channels, sizes, join } = spatial(kind, settings, shape);
        return { shape: settings.keepdims ? join(sizes.map(() => 1), channels) : [shape[0], channels], sees: "all" };
      };
    if (kind.includes("Pooling")) return pool;
    if (kind.includes("Conv")) return convolution;
    if (kind.endsWith("Normalization")) return normalization;
    return LAYERS[kind] ?? recurrent;
  };

  const complete = (kind, settings) => {
    const all = {};
    for (const name of fields(kind)) {
      const value = name in settings ? settings[name] : standard(kind, name);
      const type = FIELDS[name][1];
      const numbers = [value].flat();
      const wrong = value === undefined || (typeof type === "string" && value !== null && type !== "bool" && !numbers.every((one) => (type === "float" ? Number.isFinite(one) : Number.isSafeInteger(one))));
      const missing = value === null && standard(kind, name) !== null;
      refuse(wrong || missing, `${name}：这里要填${type === "float" ? "一个数" : type === "tuple" ? "整数，一个或者几个，用逗号隔开" : "一个整数"}。`);
      all[name] = value;
    }
    return all;
  };

  // 一层的输出、参数和别的；Keras 不肯的，是它的第一句话（error）和为什么（why）
  const layerOutput = (kind, settings, inputShape) => {
    try {
      const all = complete(kind, settings);
      const found = compute(kind)(kind, all, inputShape);
      const { work, moreWork, ...made } = { parameters: 0, nonTrainable: 0, formula: "", sizeFormula: "", dropped: null, window: null, sees: null, ...found };
      const outputs = made.shape.slice(1);
      const works = [work, moreWork].filter(Boolean);
      const flops = !works.length ? 0 : known(works.flat()) ? 2 * works.reduce((sum, one) => sum + product(one), 0) : null;
      const flopsFormula = flops ? equals(works.map((one) => [2, ...one].join(" × ")).join(" + "), flops) : "";
      return {
        ...made,
        formula: made.formula && equals(made.formula, made.parameters),
        flops,
        flopsFormula,
        bytes: known(outputs) ? 4 * product(outputs) : null,
        first: all.data_format === "channels_first",
      };
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      return { error: refused.message, why: refused.why };
    }
  };

  // 感受野：每个轴上看到几格（size），隔壁一格在输入上隔几格（jump）
  const grow = (before, made) => {
    if (made.window) {
      if (before === "all") return "all";
      if (before === null) return null;
      const rank = made.window.length;
      const from = before ?? { size: Array(rank).fill(1), jump: Array(rank).fill(1), first: made.first, texts: [], exact: true };
      if (from.size.length !== rank || from.first !== made.first) return null;
      const size = made.window.map(({ extent }, i) => from.size[i] + (extent - 1) * from.jump[i]);
      const texts = made.window.map(({ extent }, i) => equals(`${from.size[i]} + (${extent} − 1) × ${from.jump[i]}`, size[i]));
      return {
        ...from,
        size,
        jump: made.window.map(({ stride }, i) => from.jump[i] * stride),
        text: [...new Set(texts)].join("；"),
        exact: from.exact && made.window.every(({ stride }) => stride >= 1),
      };
    }
    if (made.sees === "all" || before === "all") return "all";
    if (made.sees === "last") return before?.first ? null : before;
    if (made.sees === "same" || (made.sees === null && before === undefined)) return before;
    return null;
  };

  // 一串层，一层接一层；input 不写批
  const stackOutput = (input, stack) => {
    let [shape, field] = [[null, ...input]];
    return stack.map(({ kind, settings }) => {
      if (!shape) return { error: "前面的层不对，这一层没有输入。", why: "" };
      const made = layerOutput(kind, settings, shape);
      shape = made.error ? null : made.shape;
      if (made.error) return made;
      field = grow(field, made);
      return { ...made, field };
    });
  };

  const python = (value) => (value === null ? "None" : value === true ? "True" : value === false ? "False" : Array.isArray(value) ? show(value) : typeof value === "string" ? `"${value}"` : String(value));
  const call = (kind, settings) => {
    const words = fields(kind).flatMap((name) => {
      const usual = standard(kind, name);
      const value = name in settings ? settings[name] : usual;
      if (kind === "Bidirectional" && name !== "merge_mode") return [];
      if (usual === undefined || name === "pool_size" || name === "size") return [kind === "MultiHeadAttention" ? `${name}=${python(value)}` : name === "target_shape" ? show([value].flat()) : python(value)];
      return python(value) === python(usual) ? [] : [`${name}=${python(value)}`];
    });
    if (kind === "Bidirectional") words.unshift(call(settings.layer, settings));
    return `layers.${kind}(${words.join(", ")})`;
  };
  const code = (input, stack) => {
    const start = `keras.Input(shape=${show(input)}${stack[0]?.kind === "Embedding" ? ', dtype="int32"' : ""})`;
    const lines = stack.map(({ kind, settings }) => call(kind, settings));
    const body = stack.some(({ kind }) => kind === "MultiHeadAttention")
      ? [`inputs = ${start}`, ...lines.map((line, i) => { const x = i ? "x" : "inputs"; return `x = ${line}(${stack[i].kind === "MultiHeadAttention" ? `${x}, ${x}` : x})`; }), "model = keras.Model(inputs, x)"]
      : ["model = keras.Sequential(", "    [", ...[start, ...lines].map((line) => `        ${line},`), "    ]", ")"];
    return ["import keras", "from keras import layers", "", ...body, "model.summary()", ""].join("\n");
  };

  // 读者填的：28, 28, 1；(None, 8)；也认全角的
  const parse = (text, none = true) => {
    const words = text.normalize("NFKC").replace(/[()[\]、×]/g, " ").split(/[\s,]+/).filter(Boolean);
    const numbers = words.map((word) => (none && /^none$/i.test(word) ? null : /^-?\d+$/.test(word) ? Number(word) : NaN));
    return numbers.some(Number.isNaN) ? undefined : numbers;
  };

  return { FIELDS, KINDS, fields, exampleInput, initial, options, layerOutput, stackOutput, call, code, parse, show, commas };
})();

widget("layer-calculator", (place, open) => {
  const { FIELDS, KINDS, fields, exampleInput, initial, options, stackOutput, call, code, parse, show, commas } = layerCalculator;
  const [, first, given] = /^(\w*)\s*(.*)$/.exec(open);
  let kind = first in KINDS ? first : "Conv2D";
  let input = given ? parse(given) : exampleInput(kind);
  let settings = {};
  let typed = false;
  const stack = [];

  const small = (text) => (text ? element("small", {}, text) : "");
  const facts = (rows) => rows.filter(Boolean).flatMap(([name, value, how]) => [element("dt", {}, name), element("dd", {}, value, " ", small(how))]);
  const bytes = (number) => {
    if (number === null) return "有 None，算不出";
    const [unit, name] = number >= 2 ** 20 ? [2 ** 20, "MiB"] : [1024, "KiB"];
    return `${commas(number)} 字节${number >= 1024 ? `（${(number / unit).toFixed(1)} ${name}）` : ""}`;
  };
  const work = (number) => (number === null ? "有 None，算不出" : commas(number));
  const seen = (field) => (field === "all" ? "整个输入" : field ? `${field.exact ? "" : "最多 "}${field.size.map(Math.ceil).join(" × ")}` : "—");
  const lost = (dropped) => {
    const names = [["步"], ["行", "列"], ["层", "行", "列"]][dropped.length - 1];
    const list = (which) => dropped.flatMap((one, i) => (one[which] ? [`${commas(one[which])} ${names[i]}`] : [])).join("、");
    const parts = [list("end") && `末尾 ${list("end")}`, list("between") && `窗口之间 ${list("between")}`].filter(Boolean);
    return parts.length ? `${parts.join("，")}，没有窗口看到` : "没有，每一格都有窗口看到";
  };
  const sum = (rows, name) => rows.reduce((all, row) => (all === null || row[name] === null ? null : all + row[name]), 0);

  const said = element("p", { className: "widget-said", role: "status" });
  const about = element("dl", { className: "widget-facts" });
  const fieldset = element("div");
  const table = element("div");
  const source = element("code");
  const listing = element("pre", { tabIndex: 0, role: "region", ariaLabel: "Keras 代码" }, source);
  const add = element("button", { type: "button", onclick: () => { stack.push({ kind, settings: { ...settings } }); draw(); } }, "加到模型里");
  const copied = element("span", { role: "status" });
  const copy = element("button", { type: "button", onclick: async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      getSelection().selectAllChildren(source); // 不许写剪贴板的地方，至少选好了
      if (!document.execCommand("copy")) return (copied.textContent = " 已经选中，请按复制键");
    }
    copied.textContent = " 已复制";
  } }, "复制代码");

  const field = (name) => {
    const [label, type] = FIELDS[name];
    const title = element("span", {}, `${label} `, element("code", {}, name));
    const change = (value) => {
      settings[name] = value;
      draw();
    };
    if (type === "bool") return control(title, element("input", { type: "checkbox", checked: settings[name] }), change);
    if (Array.isArray(type)) {
      const words = options(kind, name).map((value) => [value ?? "", value ?? "None"]);
      return choice(title, words, settings[name] ?? "", (value) => change(value || null));
    }
    const value = [settings[name] ?? ""].flat().join(", ");
    if (type === "float") return control(title, element("input", { type: "number", step: 0.1, value }), change);
    return control(title, element("input", { type: "text", size: 8, value, placeholder: initial(kind, name) === null ? "None" : "" }), (text) => {
      const numbers = parse(text, false);
      change(!numbers ? NaN : numbers.length > 1 || name === "target_shape" ? numbers : numbers[0] ?? null);
    });
  };
  const choose = () => {
    settings = Object.fromEntries(fields(kind).map((name) => [name, initial(kind, name)]));
    const [usual, more] = [fields(kind).slice(0, 5), fields(kind).slice(5)];
    fieldset.replaceChildren(element("div", { className: "widget-fields" }, ...usual.map(field)));
    if (more.length) fieldset.append(element("details", {}, element("summary", {}, "更多设置"), element("div", { className: "widget-fields" }, ...more.map(field))));
  };
  const shape = element("input", { type: "text", size: 16, value: input.map((one) => one ?? "None").join(", ") });

  const drawTable = (rows) => {
    if (!stack.length) return table.replaceChildren();
    const cells = (tag, ...texts) => texts.map((text) => element(tag, tag === "th" ? { scope: "col" } : {}, text));
    // 一个窗口也没有的模型，不说感受野
    const wide = rows.some(({ field }) => field?.size);
    const lines = stack.map((one, i) => {
      const row = rows[i];
      const remove = element("button", { type: "button", ariaLabel: `去掉第 ${i + 1} 层 ${one.kind}`, onclick: () => {
        stack.splice(i, 1);
        draw();
        (table.querySelectorAll("button")[i] ?? add).focus();
      } }, "✕");
      const start = [element("td", {}, remove), element("th", { scope: "row" }, element("code", {}, call(one.kind, one.settings).slice(7)))];
      if (row.error) return element("tr", {}, ...start, element("td", { colSpan: 5 }, row.error));
      return element("tr", {}, ...start, ...cells("td", show(row.shape), commas(row.parameters), ...(wide ? [seen(row.field)] : []), work(row.flops), work(row.bytes)));
    });
    const good = rows.slice(0, stack.length).filter(({ error }) => !error);
    const [all, fixed] = [sum(good, "parameters"), sum(good, "nonTrainable")].map(commas);
    const totals = cells("td", "", all, ...(wide ? [""] : []), work(sum(good, "flops")), work(sum(good, "bytes")));
    table.replaceChildren(
      element("div", { className: "table-wrapper" }, element("table", {},
        element("caption", {}, `模型：输入 ${show([null, ...input])}，${stack.length} 层，${all} 个参数${fixed === "0" ? "" : `，${fixed} 个不训练`}`),
        element("thead", {}, element("tr", {}, element("td"), ...cells("th", "层", "输出", "参数", ...(wide ? ["感受野"] : []), "计算量", "输出的字节"))),
        element("tbody", {}, ...lines),
        element("tfoot", {}, element("tr", {}, element("td"), element("th", { scope: "row" }, "合计"), ...totals)))));
  };

  const draw = () => {
    copied.textContent = "";
    const wrong = !input || input.some((one) => one !== null && one < 1);
    const rows = wrong ? [] : stackOutput(input, [...stack, { kind, settings }]);
    const row = wrong ? { error: "输入的形状写成 28, 28, 1 这样，不写批；不知道多大的轴写 None。", why: "" } : rows.at(-1);
    const bad = Boolean(row.error);
    add.disabled = bad;
    said.classList.toggle("wrong", bad);
    const ahead = stack.length ? `接在第 ${stack.length} 层后面：` : "";
    const english = element("span", { lang: /[一-龥]/.test(row.error) ? "zh-CN" : "en" }, row.error ?? "");
    said.replaceChildren(...(bad ? [english, ` ${row.why}`] : [`${ahead}输出 ${show(row.shape)}，参数 ${commas(row.parameters)} 个`]));
    about.replaceChildren(...(bad ? [] : facts([
      row.sizeFormula && ["形状", row.sizeFormula],
      ["参数", row.formula || "0", row.nonTrainable ? `其中 ${commas(row.nonTrainable)} 个不训练` : ""],
      row.dropped && ["没看到的", lost(row.dropped)],
      row.field?.size && ["感受野", seen(row.field), row.field.text],
      ["计算量", row.flopsFormula || work(row.flops)],
      ["内存", `一个样本的输出 ${bytes(row.bytes)}，参数 ${bytes(4 * row.parameters)}`],
    ])));
    if (wrong) return table.replaceChildren();
    drawTable(rows);
    const whole = stack.length ? stack : bad ? [] : [{ kind, settings }]; // 还没有加，就写正在填的这一层
    source.textContent = whole.length ? code(input, whole) : "";
  };

  choose();
  place.append(
    control("模型的输入，不写批", shape, (text) => {
      typed = true;
      input = parse(text);
      draw();
    }),
    choice("层", Object.keys(KINDS).map((name) => [name]), kind, (name) => {
      kind = name;
      if (!typed && !stack.length) {
        input = exampleInput(kind);
        shape.value = input.join(", ");
      }
      choose();
      draw();
    }),
    fieldset,
    said,
    about,
    add,
    table,
    element("details", { className: "widget-code" }, element("summary", {}, "Keras 代码"), element("div", { className: "highlight" }, listing), copy, copied),
    element("p", {}, small("计算量、内存都是一个样本的。一次乘加算两次运算，只数乘以权重的和注意力里彼此相乘的；一个数是 float32，占 4 字节。")),
  );
  draw();
});
