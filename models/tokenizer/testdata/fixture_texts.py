"""Texts that the tokenizer fixtures are made of: see make_fixtures.py."""

import random

# The first sentence of the Universal Declaration of Human Rights, article 1 (public domain).
SCRIPTS = {
    "english": "All human beings are born free and equal in dignity and rights. They're endowed with reason and conscience; it's what we'd hoped for, and I'll say so.",
    "french": "Tous les êtres humains naissent libres et égaux en dignité et en droits. L’été, « naïve » œuvre, ça va ?",
    "german": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Straßenbahnhaltestellenüberdachung, ẞ.",
    "spanish": "Todos los seres humanos nacen libres e iguales en dignidad y derechos. ¿Qué? ¡Mañana!",
    "vietnamese": "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi.",
    "turkish": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. İstanbul ılık.",
    "polish": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.",
    "russian": "Все люди рождаются свободными и равными в своём достоинстве и правах.",
    "greek": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Σίσυφος ς",
    "hebrew": "כל בני אדם נולדו בני חורין ושווים בערכם ובזכויותיהם. שָׁלוֹם",
    "arabic": "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. ١٢٣ ٤٥٦",
    "persian": "تمام افراد بشر آزاد به دنیا می‌آیند ۰۱۲۳",
    "hindi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता प्राप्त है। १२३",
    "bengali": "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
    "tamil": "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்",
    "thai": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ๑๒๓",
    "burmese": "လူတိုင်းသည် တူညီလွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့်",
    "khmer": "មនុស្សទាំងអស់កើតមកមានសេរីភាព",
    "georgian": "ყველა ადამიანი იბადება თავისუფალი და თანასწორი",
    "armenian": "Բոլոր մարդիկ ծնվում են ազատ ու հավասար",
    "amharic": "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።",
    "chinese": "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,第12345条。",
    "japanese": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。カタカナ ハンカク ㍿",
    "korean": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 한글",
    "tibetan": "འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་ཉིད་ནས",
    "cherokee": "ᏂᎦᏓ ᎠᏂᏴᏫ ᏂᎨᎫᏓᎸᎾ ᎠᎴ ᎤᏂᏠᏱ",
    "gothic": "𐌰𐌻𐌻𐌰𐌹 𐌼𐌰𐌽𐌽𐌰 𝔐𝔞𝔱𝔥 𝟙𝟚𝟛 𒀀𒐀",
    "ipa": "ðə ˈkwɪk bɹaʊn ˈfɒks ɡ͡b t͜ʃ ŋ̊",
}

OTHERS = {
    "emoji": "😀 👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫🇷🇯🇵 ❤️ 1️⃣ #️⃣ 👨🏿‍🚀 🧑🏻‍❤️‍🧑🏾 🏴󠁧󠁢󠁳󠁣󠁴󠁿 ☺︎ ㊗️ 🫠",
    "python": "def f(x: int = 10) -> list[str]:\n    \"\"\"Doc.\"\"\"\n    if x >= 0x1F and x != 3.14e-10:\n\t\treturn [f\"{i:03d}\" for i in range(x)]  # don't\n\n\nclass A:\n        pass\n",
    "go": "func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {\n\tif err := s.db.QueryRow(`SELECT * FROM t WHERE id=$1`, 42).Scan(&x); err != nil {\n\t\treturn\n\t}\n}\n",
    "html": "<!DOCTYPE html>\n<div class=\"a b\" data-x='1'>&nbsp;&amp;<br/></div>\n<script>let a=1,b=()=>a++;</script>",
    "json": "{\"key\": [1, 2.5, -3e10, null, true], \"nested\": {\"a\\n\": \"\\u00e9\"}}",
    "latex": "\\begin{equation} \\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2} \\end{equation} ∀x∈ℝ: ∑ᵢ xᵢ² ≥ 0 ⟹ ½⅓ ² ³ ¹",
    "url": "https://example.com/a/b?c=d&e=%20f#g user.name+tag@example.co.uk 192.168.0.1:8080 C:\\Users\\me ~/x_y-z.tar.gz",
    "markdown": "# Title\n\n* item **bold** _it_\n  - sub `code`\n\n```\nx\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n",
    "digits": "0 1 12 123 1234 12345 1,234,567.89 007 -1 +1 1e10 2026-11-23 15:32:10 3rd Ⅳ ⅷ ½ ² ٣ ४ 五 ① ⑳ 𝟗 １２３",
    "contractions": "I'm you're he's she'd we'll they've can't 'twas o'clock 'S 'LL 'Re ' s ''s 'ſ rock'n'roll 's's'm'd'll'll",
    "spaces": " a  b   c    d     e\t\tf\n\ng \n h\r\ni\r\rj \t k   ",
    "leading": "   leading",
    "trailing": "trailing   ",
    "trailing-newlines": "x\n\n\n",
    "only-spaces": "      ",
    "only-newlines": "\n\n\n\n",
    "one-space": " ",
    "odd-spaces": "a\u00a0b\u2003c\u3000d\u200be\u180ef\u0085g\u2028h\u2029i\u205fj\ufeffk\u1680l\u202fm\u00adn\x0bo\x0cp\u2060q\x1cr\x1fs",
    "odd-spaces-runs": "a \u00a0 b\u3000\u3000c\u2003 d \u200b e\u0085\u0085f  \u180e  g\xa0\xa0 h",
    "controls": "".join(chr(c) for c in range(0x20)) + "\x7f" + "".join(chr(c) for c in range(0x80, 0xA0)),
    "nul": "a\x00b\x00\x00c",
    "latin1": "".join(chr(c) for c in range(0xA0, 0x180)),
    "ascii": "".join(chr(c) for c in range(0x20, 0x7F)),
    "combining": "e\u0301 e\u0301\u0302\u0303 a\u030a Z\u0351\u036b\u0343 क\u094d\u0937 \u0301start g\u0303 ﬁ ﬂ Å Å Ω Ω",
    "zalgo": "Z" + "\u0300\u0316\u0301\u0317" * 12 + "a" + "\u0315" * 3 + "l",
    "new-unicode": "a\u1c89\ua7cb\ua7da \U000105c0\U00010d4a\U00010d40 \U00016d70x\U0002ebf0 \U0001ccf0\U000116d5\U00011de3\U00016ff5\U0001e5f1",
    "unassigned": "a\u0378b\ue000c\ufffd\ufffe\uffff\U000e0fff\U0010ffff\U000f0000 x",
    "specials": "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    "specials-inside": "a<|im_end|>b <|endoftext|> <file_sep><|im_start|><|im_start|>x<|im_en<|im_end|>|> <|im_end |> <repo_name>r<reponame> <filename>",
    "specials-partial": "<|im_start| <|im_start <|<|<| <im_start> <|IM_START|>",
    "long-word": "a" * 600 + "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3,
    "long-spaces": " " * 300 + "x" + "\n" * 90 + "\t" * 70 + "y",
    "long-punctuation": "=" * 200 + "-" * 150 + "!?" * 70 + "…" * 50,
    "repeat": "the the the THE The tHe" * 20,
    "rtl-marks": "\u202eabc\u202c \u200fא\u200e \u2066x\u2069",
    "variation": "葛\U000e0100 ︎a️ \u034f",
    "hangul-jamo": "\u1112\u1161\u11ab\u1100\u1173\u11af ㅎㅏㄴ",
    "surrogates-near": "\ud7ff\ue000\U00010000",
    "mixed": "Ünïcödé TEST: 日本語とEnglishと한국어 mixed—with “quotes” ‘n’ …, 100% €5 £3 ¥7 №5 ™® °C µm",
}

ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyz  ABC'.,\n",
    " \t\n\r\u00a0\u3000\u2003\u0085\u180e\u200ba1",
    "0123456789 ,.²½Ⅷ٣①a",
    "'srtvemld aSLT’",
    "äöüßéèêñçåøæœ aeiouþðžšč",
    "абвгдежзийклмнопрстуфх ё,.",
    "的一是不了人我在有他这中大来上个国,。 a1",
    "אבגדהוזחט ابتثجحخ\u0301\u0302\u064b\u05b0 a",
    "😀👍🏽‍👩👧🏳️🇩🇪 a.",
    "{}()[]<>|_=+-*/\\&^%$#@!~`\"'?:; ax1\n",
    "<|im_startend|> \n",
    "हिन्दी क्षত্রதமிழ்ไทย ",
]


def fuzz(n, seed=20261123):
    """n strings: from one alphabet, from several, or of any code points."""
    rng = random.Random(seed)
    for _ in range(n):
        kind = rng.random()
        length = rng.randint(1, 40)
        if kind < 0.5:
            letters = rng.choice(ALPHABETS)
            yield "".join(rng.choice(letters) for _ in range(length))
        elif kind < 0.75:
            yield "".join(rng.choice(rng.choice(ALPHABETS)) for _ in range(length))
        elif kind < 0.9:
            tokens = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<file_sep>", " ", "\n", "a", "Hello", "12", "é", "'s"]
            yield "".join(rng.choice(tokens) for _ in range(length // 2 + 1))
        else:
            yield "".join(chr(point(rng)) for _ in range(length // 2 + 1))


def point(rng):
    """A code point, not a surrogate, from all planes but mostly the first."""
    while True:
        c = rng.randrange(0x110000 if rng.random() < 0.3 else 0x3000)
        if not 0xD800 <= c < 0xE000:
            return c
