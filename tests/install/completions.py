#!/usr/bin/env python3
"""The completions as bash, zsh and fish show them: completions.py PREFIX, where natsonde is installed.

Each shell runs in a terminal of its own, finds the completion by itself, and is asked for all that it offers at the end of a
line. Prints "ok NAME", "FAIL NAME: why" or "skip NAME: why"."""
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

PREFIX = sys.argv[1]
PATIENCE_S = 20
# bash: insert-completions puts all that is offered into the line. zsh: so does the completer _all_matches.
BASH = """unset PROMPT_COMMAND; PS1=; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'
source /usr/share/bash-completion/bash_completion
bind '"\\C-t": insert-completions'; bind -x '"\\C-o": printf "<%s>\\n" "$READLINE_LINE"'
"""
ZSH = """PS1= RPS1=; unsetopt prompt_cr prompt_sp beep; fpath=(PREFIX/share/zsh/site-functions $fpath)
autoload -Uz compinit; compinit -u -D
zstyle ':completion:*' completer _all_matches _complete; zstyle ':completion:*' insert true; zstyle ':completion:*' list-colors ''
LISTMAX=-1; show() { print -r -- "<$BUFFER>" }; zle -N show; bindkey '^O' show; bindkey '^T' complete-word; bindkey '^U' kill-whole-line
"""


class Terminal:
	"""A shell that thinks that a person sits before it."""

	def __init__(self, command, setup, environment):
		self.pid, self.fd = pty.fork()
		if self.pid == 0:
			os.execvpe(command[0], command, environment)
		fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 4000, 0, 0))
		self.seen = ""
		for line in setup.splitlines() + ["echo re''ady"]:
			os.write(self.fd, line.encode() + b"\n")
		self.wait("\nready")

	def wait(self, pattern):
		"""What matches next on the screen."""
		end = time.monotonic() + PATIENCE_S
		while not (match := re.search(pattern, self.seen)):
			if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
				raise TimeoutError(f"no {pattern!r} in {self.seen[-300:]!r}")
			self.seen += os.read(self.fd, 65536).decode(errors="replace").replace("\r", "")
		self.seen = self.seen[match.end():]
		return match

	def line_after(self, text):
		"""The line after all that is offered at its end was put into it."""
		os.write(self.fd, text.encode() + b"\x14\x0f")
		line = self.wait("<(natsonde[^>]*)>").group(1)
		os.write(self.fd, b"\x15")
		return line

	def close(self):
		os.kill(self.pid, signal.SIGKILL)
		os.waitpid(self.pid, 0)
		os.close(self.fd)


def last_part(text):
	"""Where that begins which is being completed."""
	return max(text.rfind(c) for c in " =,/+") + 1


def plain(word, text):
	"""What is offered, without what each shell repeats of the line, or gives in advance: of a key's values, the key alone."""
	if word.startswith("--") and text[last_part(text) - 1] == " ":
		return word.rstrip("=")
	word = re.sub(".*[,/+]", "", word.rstrip(",/+"))
	return word.rpartition("=")[2] if text[last_part(text) - 1] in "=/+" else re.sub("=.*", "=", word)


class Fish:
	def __init__(self, environment):
		self.environment = environment

	def offers(self, text):
		run = subprocess.run(["fish", "-c", "complete -C $argv[1]", text], env=self.environment, capture_output=True, text=True,
			timeout=PATIENCE_S, check=False)
		return {plain(line.split("\t")[0], text) for line in run.stdout.splitlines()}

	def close(self):
		pass


class Shell:
	def __init__(self, command, setup, environment):
		self.terminal = Terminal(command, setup, environment)

	def offers(self, text):
		return {plain(word, text) for word in self.terminal.line_after(text)[last_part(text):].split()}

	def close(self):
		self.terminal.close()


def option_names():
	run = subprocess.run([f"{PREFIX}/bin/natsonde", "--help", "all"], capture_output=True, text=True, check=True)
	return set(re.findall(r"--[a-z][a-z-]+", run.stdout))


def cases():
	"""(line, all that has to be offered, whether nothing else may be)"""
	yield "natsonde --", option_names(), False
	yield "natsonde --sim", {"--simulate"}, True
	yield "natsonde --help ", {"all"}, False
	yield "natsonde -t ", {"nat", "mapping", "lifetime", "hairpin", "all"}, False
	yield "natsonde -t map", {"mapping"}, True
	yield "natsonde -t nat,fil", {"filtering"}, True
	yield "natsonde -t nat,h", {"hairpin"}, True
	yield "natsonde --tests=fil", {"filtering"}, True
	yield "natsonde --simulate ", {"mapping=", "filtering=", "seed="}, False
	yield "natsonde --simulate map", {"mapping="}, True
	yield "natsonde --simulate mapping=", {"eim", "adm", "apdm", "none"}, True
	yield "natsonde --simulate mapping=ap", {"apdm"}, True
	yield "natsonde --simulate mapping=eim,filt", {"filtering=", "filter-key="}, True
	yield "natsonde --simulate mapping=eim,filtering=a", {"adf", "apdf"}, True
	yield "natsonde --simulate=mapping=eim,conflict=a2p2,pooling=ar", {"arbitrary"}, True
	yield "natsonde --simulate server=ok+bind", {"binding-only"}, True
	yield "natsonde --simulate mapping=eim,server=late+ok+no-r", {"no-response-port"}, True
	yield "natsonde --expect ", {"nat=", "mapping=", "filtering=", "p2p=", "alg=", "intercept=", "tcp=", "fragments=", "ports=",
		"lifetime=", "hairpin="}, True
	yield "natsonde --expect tcp=e", {"eim", "endpoint-dependent"}, True
	yield "natsonde --expect filtering=", {"eif", "adf", "apdf"}, True
	yield "natsonde --expect nat=none,map", {"mapping="}, True
	yield "natsonde --expect nat=none,mapping=a", {"adm", "apdm"}, True
	yield "natsonde --expect p2p=open/ea", {"easy"}, True
	yield "natsonde --expect=nat=none,p2p=open/easy/h", {"hard"}, True
	yield "natsonde --replay Makef", {"Makefile"}, True
	yield "natsonde --server-file Makef", {"Makefile"}, True
	yield "natsonde ch", {"check"}, True
	yield "natsonde check --js", {"--json"}, False
	yield "natsonde --json -I l", {"lo"}, False
	yield "natsonde --interface=l", {"lo"}, False


def environment(home):
	return {"PATH": f"{PREFIX}/bin:" + os.environ["PATH"], "HOME": home, "TERM": "dumb", "LC_ALL": "C.UTF-8",
		"XDG_DATA_DIRS": f"{PREFIX}/share:/usr/share", "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}


def shells(home):
	"""(name, what is missing or nothing, how to start it)"""
	env = environment(home)
	has_loader = os.path.exists("/usr/share/bash-completion/bash_completion")
	yield "bash", "" if shutil.which("bash") and has_loader else "no bash-completion", lambda: Shell(
		["bash", "--noprofile", "--norc", "-i"], BASH, env)
	yield "zsh", "" if shutil.which("zsh") else "no zsh", lambda: Shell(["zsh", "-f", "-i"], ZSH.replace("PREFIX", PREFIX), env)
	yield "fish", "" if shutil.which("fish") else "no fish", lambda: Fish(env)


def main():
	for name, missing, start in shells(home := tempfile.mkdtemp()):
		if missing:
			print(f"skip completions in {name}: {missing}")
			continue
		shell = start()
		for text, wanted, is_all in cases():
			try:
				offered = shell.offers(text)
				good = offered == wanted if is_all else offered >= wanted
				why = "" if good else f"offers {' '.join(sorted(offered))}"
			except TimeoutError as error:
				why = str(error)
			print(f"FAIL {name}: {text}: {why}" if why else f"ok {name}: {text}", flush=True)
		shell.close()
	shutil.rmtree(home)


main()
