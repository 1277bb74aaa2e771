"""Chat templates, of the kinds that checkpoints carry, and what transformers renders: see make_fixtures.py."""

from transformers.utils.chat_template_utils import render_jinja_template

ZEPHYR = """{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}"""

MISTRAL = """{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}\
{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}\
{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token + ' ' }}\
{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"""

MISTRAL_SYSTEM = """{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}

{{- bos_token }}
{%- for message in loop_messages %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('After the optional system message, conversation roles must alternate') }}
    {%- endif %}
    {%- if message['role'] == 'user' %}
        {%- if loop.first and system_message is defined %}
            {{- ' [INST] ' + system_message + '\\n\\n' + message['content'] + ' [/INST]' }}
        {%- else %}
            {{- ' [INST] ' + message['content'] + ' [/INST]' }}
        {%- endif %}
    {%- elif message['role'] == 'assistant' %}
        {{- ' ' + message['content'] + eos_token}}
    {%- else %}
        {{- raise_exception('Only user and assistant roles are supported, with the exception of an initial optional system message!') }}
    {%- endif %}
{%- endfor %}
"""

LLAMA2 = """{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}\
{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}\
{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}\
{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}\
{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}\
{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"""

LLAMA3 = """{% set loop_messages = messages %}{% for message in loop_messages %}\
{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}\
{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}\
{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"""

LLAMA31 = """{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not date_string is defined %}
    {%- set date_string = "26 Jul 2024" %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{#- The system message goes first. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

GEMMA = """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}\
{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}\
{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}\
{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}\
{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"""

QWEN = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}{{- tools | tojson }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set content = message.content %}
        {%- set reasoning_content = '' %}
        {%- if '</think>' in content %}
            {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index and (loop.last or (not loop.last and reasoning_content)) %}
            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
"""

GENERATION = """{% for m in messages %}
  {% if m.role == "assistant" %}
    {% generation %}
A: {{ m.content }}
    {% endgeneration %}
  {% else %}
{{ m.role | upper }}: {{ m['content'] | replace("o", "0") }}
  {% endif %}
{% endfor %}
"""

# What templates do with white space, expressions, loops and scopes.
SMALL = {
    "trim-blocks": "a {% if true %}\nb\n  {% endif %}  \nc\n\t{# note #}\nd {# x #} e\n  {{ 1 }}\n",
    "dashes": "a \n {%- if true -%} \n b \n {%- endif -%} \n c {{- 1 -}} d\n{#- x -#}\n e",
    "plus": "a\n  {%+ if true %}\nb{% endif +%}\nc",
    "arithmetic": "{{ 7 // 2 }} {{ 7 % 3 }} {{ 2 ** 3 }} {{ 7 / 2 }} {{ 4 / 2 }} {{ 1 + 2 * 3 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 1.5 + 1 }} {{ 10 - 2 - 3 }}",
    "strings": "{{ 'a' ~ 1 ~ true ~ none }} {{ 'ab' * 2 }} {{ \"q'q\" }} {{ 'a\\tb\\\\' }} {{ 'x' 'y' }}",
    "truth": "{{ true and 'x' }} {{ '' or 'y' }} {{ not '' }} {{ none is none }} {{ undefined_thing is defined }} [{{ undefined_thing }}] {{ none }} {{ True }}",
    "compare": "{{ 1 < 2 }} {{ 'a' <= 'b' }} {{ 1 == 1.0 }} {{ 'a' != 'b' }} {{ 'a' in 'abc' }} {{ 'x' not in ['y'] }} {{ 'role' in messages[0] }} {{ 1 < 2 < 3 }}",
    "ternary": "{{ 'y' if messages|length > 1 else 'n' }} {{ ('a' if false) }} {% set x = 1 if true else 2 %}{{ x }} {{ [1 if true else 2, 3] }}",
    "slices": "{{ messages[1:]|length }} {{ 'hello'[1:3] }} {{ 'hello'[-1] }} {{ 'hello'[::-1] }} {{ [1,2,3][:-1] }} {{ messages[-1].role }}",
    "loops": "{% for i in range(3) %}{{ i }}{{ ',' if not loop.last }}{% endfor %} {% for i in [] %}x{% else %}none{% endfor %} "
             "{% for i in range(1, 10, 4) %}{{ loop.index }}/{{ loop.length }}:{{ i }} {% endfor %}",
    "loop-if": "{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ m.content }}{% endfor %}",
    "loop-controls": "{% for i in range(9) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "loop-neighbours": "{% for m in messages %}{{ loop.previtem.role if loop.previtem is defined else '-' }}>{{ loop.nextitem.role if not loop.last else '-' }} {% endfor %}",
    "loop-pairs": "{% for k, v in {'a': 1, 'b': [2]}.items() %}{{ k }}={{ v }};{% endfor %}{% for k in {'z': 1, 'a': 2} %}{{ k }}{% endfor %}",
    "scopes": "{% set x = 1 %}{% for i in range(2) %}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}{% if true %}{% set x = 3 %}{% endif %}{{ x }}",
    "namespace": "{% set ns = namespace(n=0, s='') %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% set ns.s = ns.s + m.role[0] %}{% endfor %}{{ ns.n }}{{ ns.s }}",
    "macro": "{% macro turn(role, text='-') %}<{{ role }}>{{ text }}{% endmacro %}{% for m in messages %}{{ turn(m.role, m.content) }}{% endfor %}{{ turn('x') }}{{ turn(text='t', role='r') }}",
    "filters": "{{ ' a b '|trim }}|{{ 'aB'|lower }}{{ 'aB'|upper }}|{{ [1,2]|join('-') }}|{{ messages|length }}|{{ x|default('d') }}|{{ 'ab'|first }}{{ [1,2]|last }}|"
               "{{ 'hello world'|title }}|{{ 'abc'|capitalize }}|{{ '7'|int + 1 }}|{{ messages|map(attribute='role')|join(',') }}|"
               "{{ messages|selectattr('role', 'equalto', 'user')|list|length }}|{{ [3,1,2]|sort|join }}|{{ 'a,b'.split(',')|list }}|{{ 5|string + 'x' }}",
    "tojson": "{{ messages[0]|tojson }} {{ {'a': [1, 2.5, none, true, 'é<>&\\n']}|tojson }} {{ [1,{'b':2}]|tojson(indent=2) }}",
    "methods": "{{ ' x '.strip() }}{{ 'xxa'.lstrip('x') }}{{ 'a-b-c'.split('-')[-1] }}{{ 'aXb'.replace('X', '_') }}{{ 'ab'.upper() }}{{ 'a'.startswith('a') }}{{ {'k': 'v'}.get('k') }}{{ {'k': 1}.get('z', 'd') }}",
    "tests": "{{ 'a' is string }} {{ 1 is number }} {{ {} is mapping }} {{ [] is iterable }} {{ messages is sequence }} {{ none is not none }} {{ true is true }} {{ 3 is odd }} {{ 1 is integer }}",
    "raw": "{% raw %}{{ not this }}{% endraw %} {{ '{{' }}",
    "set-block": "{% set x %}a{{ 1 }}b{% endset %}[{{ x }}]",
    "lists": "{{ [1, 'a', none, true, 1.0, ['x']] }} {{ {'a': 'b'} }} {{ ('a', 1) }} {{ [1] + [2] }}",
    "missing": "{{ messages[0].nothing }}|{{ messages[0]['nothing'] is defined }}|{{ messages[99] is defined }}",
    "error-undefined": "{{ nothing.at.all }}",
    "error-add": "{{ 'a' + 1 }}",
    "error-none-add": "{{ 'a' + none }}",
    "error-raise": "{{ raise_exception('no ' + messages[0].role) }}",
    "error-private": "{{ ''.__class__ }}",
}

CHATS = {
    "user": [("user", "Hello, how are you?")],
    "turns": [("user", "  Hi \n"), ("assistant", " <think>\nhm\n</think>\n\nHello! "), ("user", "Write {{ 1 + 1 }} 'quotes' \"double\" é😀 <|im_end|>")],
    "system": [("system", "You are terse."), ("user", "Why?"), ("assistant", "Because."), ("user", "")],
    "same-role": [("user", "a"), ("user", "b")],
    "system-only": [("system", "s")],
    "ends-with-assistant": [("user", "Hello"), ("assistant", "foo\n")],
}


def cases(checkpoint):
    large = {"smollm2": (checkpoint / "chat_template.jinja").read_text(encoding="utf-8"), "zephyr": ZEPHYR, "mistral": MISTRAL,
             "mistral-system": MISTRAL_SYSTEM, "llama2": LLAMA2, "llama3": LLAMA3, "llama31": LLAMA31, "gemma": GEMMA, "qwen": QWEN,
             "generation": GENERATION}
    for name, template in large.items():
        for chat, messages in CHATS.items():
            for prompt in (False, True):
                yield case(f"{name}/{chat}/{'prompt' if prompt else 'plain'}", template, messages, prompt)
    for name, template in SMALL.items():
        yield case(name, template, CHATS["turns"], True)


def case(name, template, messages, prompt):
    chat = [{"role": role, "content": content} for role, content in messages]
    line = {"name": name, "template": template, "messages": chat, "prompt": prompt}
    try:
        rendered, _ = render_jinja_template([chat], chat_template=template, add_generation_prompt=prompt, bos_token="<s>", eos_token="</s>")
        return {**line, "out": rendered[0]}
    except Exception as problem:  # whatever the template does wrong
        return {**line, "error": str(problem)}
