# wilco가 한국어로 하는 모든 말. 영어와 같은 id와 같은 변수를 쓰며, 다르면 테스트가 실패합니다.
# 이름의 받침을 알 수 없으므로 변수 바로 뒤에는 받침에 따라 달라지는 조사를 쓰지 않습니다.

## 문장의 조각

duration-seconds = { $number }초
duration-minutes = { $number }분
duration-hours = { $number }시간
duration-days = { $number }일
duration-two = { $large } { $small }

list-empty = 없음
list-plain = { $first }, { $last }
list-or = { $first } 또는 { $last }
list-and = { $first }, { $last }
list-more = { $shown } 외 { $more }개

version-named = { $reference } ({ $commit })
version-default = (기본 버전)

person-erased = (이름 삭제됨)
reason-erased = (사유 삭제됨)
reason-none = (사유 없음)
asked-by = 요청: { $requester }

kind-deploy = 배포
kind-rollback = 롤백

status-resolving = 버전 확인 중
status-waiting = 대기 중
status-starting = 시작 중
status-running = 실행 중
status-succeeded = 성공
status-failed = 실패
status-rejected = 거절됨
status-cancelled = 취소됨
status-expired = 만료됨

stage-running = 실행 중
stage-succeeded = 완료
stage-failed = 실패
stage-skipped = 건너뜀

part-policy = 정책
part-pipeline = 파이프라인
part-script = 파이프라인 스크립트

verdict-approve = 승인
verdict-reject = 거절

slot-service = 서비스
slot-environment = 환경
slot-version = 버전
slot-deployment = 배포 번호
slot-from = 원래 환경
slot-to = 대상 환경
slot-reason = 사유
slot-moment = 시각
slot-command = 명령
slot-request = 요청
slot-language = 언어
slot-parameters = 매개변수
form-dry-run = 시험

approvals = 승인 { $count }건
approvals-more = 추가 승인 { $count }건
approvals-from = { $roles } { $approvals }({ $who })
approvals-from-nobody = { $roles } { $approvals }(이 역할로 승인할 수 있는 사람이 남아 있지 않음)
approvals-from-no-role = { $approvals }(정책에 역할이 없어 아무도 승인할 수 없음)
blocker-version = 버전 확인
blocker-authors = 작성자가 모두 확인되는 버전(작성자는 승인할 수 없음)
blocker-out-of-reach = people.toml에서 { $roles } 역할을 더 부여하기(승인 { $need }건 필요, 현재 가능한 승인은 { $most }건)
blocker-checks = 검사 통과({ $checks })
blocker-lane = { $by } 종료
blocker-branch = 병합(배포가 허용된 브랜치({ $branches })에 없는 커밋)

check-green = { $name } 통과
check-running = { $name } 진행 중
check-failed = { $name } 실패
check-missing = { $name } 결과 없음
check-unknown = { $name } 확인 불가

cause-succeeded = 오류 없음
cause-status = 종료 코드 { $status }
cause-signal = 시그널 { $signal }
cause-cancelled = 요청에 따라 중단
cause-timed-out = 제한 시간 초과
cause-not-runnable = 실행 불가: { $reason }
cause-lost = 결과를 알 수 없음

effect-resolve = 버전 확인
effect-confirm = 시작 전 버전 재확인
effect-start-run = 실행 시작
effect-cancel-run = 실행 중단
effect-show-card = 카드 표시
effect-show-news = 소식 표시
effect-log = 카드 아래 기록 작성
effect-tell = 개인 메시지 전달
effect-answer = 질문에 대한 답변
effect-recall = 기록 조회
effect-ask-reason = 거절 사유 입력 요청
effect-show-home = 개인 홈 화면 표시
effect-read-checks = 커밋의 검사 조회
effect-read-reactions = 카드의 반응 조회
effect-identify = 계정 확인

## 누가 요청했는지에 따른 거절

refusal-not-a-person = `{ $platform }:{ $entry }` 계정의 주인을 알 수 없어 처리하지 않았습니다. people.toml 담당자에게 본인 항목에 `{ $platform } = ["{ $entry }"]` 추가를 요청하세요.
refusal-bot = 봇과 웹훅은 요청하거나 투표할 수 없습니다. 사람이 본인 계정으로 직접 요청해 주세요.
refusal-guest = 게스트는 요청하거나 투표할 수 없습니다. 이 워크스페이스의 정식 멤버에게 부탁하세요.
refusal-stranger = 다른 워크스페이스에 속한 계정이라 반영할 수 없습니다. 이 워크스페이스의 멤버에게 부탁하세요.
refusal-deactivated = 비활성화된 계정이라 반영할 수 없습니다. 워크스페이스 관리자에게 계정 복구를 요청하세요.
refusal-unverified = 지금은 계정을 확인할 수 없어 요청을 받을 수 없습니다. 잠시 후 다시 시도하세요.
refusal-missing-role = `{ $command }` 명령에는 { $roles } 역할이 필요한데, 이 계정에는 없습니다. 역할이 있는 사람에게 부탁하거나, people.toml의 본인 항목에 역할 추가를 요청하세요.
refusal-command-for-nobody = `{ $command }` 명령 파일에 역할이 없어 아무도 쓸 수 없습니다. `commands/` 담당자에게 `who` 항목에 역할 추가를 요청하세요.
refusal-own-deployment = { $deployment } 배포는 본인이 요청했으므로 다른 사람이 승인해야 합니다. 승인할 수 있는 사람: { $who }.
refusal-own-deployment-nobody = { $deployment } 배포는 본인이 요청했으므로 다른 사람이 승인해야 하지만, 승인 역할을 가진 다른 사람이 없습니다. people.toml에서 다른 사람에게 역할을 추가하도록 요청하세요.
refusal-own-commits = { $deployment } 배포에 본인이 작성한 커밋이 들어 있고, 정책에 따라 작성하지 않은 사람이 승인해야 합니다. 승인할 수 있는 사람: { $who }.
refusal-own-commits-nobody = { $deployment } 배포에 본인이 작성한 커밋이 들어 있고, 정책에 따라 작성하지 않은 사람이 승인해야 하지만, 승인 역할을 가진 다른 사람이 없습니다. people.toml에서 다른 사람에게 역할을 추가하도록 요청하세요.
refusal-not-an-approver = { $deployment } 배포는 { $roles } 역할이 있어야 승인할 수 있습니다. 승인할 수 있는 사람은 `왜 { $deployment }` 명령으로 확인하세요.
refusal-approval-by-nobody = { $deployment } 정책에 역할이 없어 아무도 승인할 수 없습니다. services.toml 담당자에게 `from` 항목에 역할 추가를 요청하세요.
refusal-no-approval-needed = { $deployment } 배포에는 승인이 필요하지 않아 투표할 것이 없습니다. 실행을 막으려면 `취소 { $deployment }` 명령을 사용하세요.
refusal-may-not-reject = { $deployment } 배포는 { $roles } 역할이 있어야 거절할 수 있습니다. 역할이 있는 사람에게 문제를 알려 주세요.
refusal-rejection-by-nobody = { $deployment } 정책에 거절 역할이 없어 아무도 거절할 수 없습니다. 요청한 사람에게 `취소 { $deployment }` 명령을 부탁하세요.
refusal-may-not-cancel = { $deployment } 배포를 취소할 권한이 없으며, 취소할 수 있는 역할도 없습니다. services.toml 담당자에게 문의하세요.
refusal-may-not-cancel-requester = { $deployment } 배포를 취소할 권한이 없습니다. 요청한 사람에게 부탁하세요: { $requester }.
refusal-may-not-cancel-roles = { $deployment } 배포를 취소할 권한이 없습니다. { $roles } 역할이 있는 사람에게 부탁하세요.
refusal-may-not-cancel-either = { $deployment } 배포를 취소할 권한이 없습니다. 요청한 사람({ $requester })이나 { $roles } 역할이 있는 사람에게 부탁하세요.

## 이름이 맞지 않을 때의 거절

refusal-unknown-service-nearest = 서비스 `{ $service }`: 등록되어 있지 않습니다. 혹시 `{ $nearest }`인가요? 정확한 이름만 배포합니다. 등록된 서비스: { $known }.
refusal-unknown-service = 서비스 `{ $service }`: 등록되어 있지 않습니다. 다음 중 하나를 정확히 적어 주세요: { $known }.
refusal-unknown-name-nearest = `{ $name }`: 서비스에도 환경에도 없는 이름입니다. 혹시 `{ $nearest }`인가요? 서비스: { $services }. 환경: { $environments }.
refusal-unknown-name = `{ $name }`: 서비스에도 환경에도 없는 이름입니다. 다음 중 하나를 적어 주세요. 서비스: { $services }. 환경: { $environments }.
refusal-no-services = 서비스 `{ $service }`: 등록된 서비스가 하나도 없습니다. 먼저 services.toml에 추가하세요.
refusal-environment-of-service = 서비스 `{ $service }`에 `{ $environment }` 환경이 없습니다
refusal-environment-anywhere = `{ $environment }` 환경이 없습니다
refusal-unknown-environment-nearest = { $wrong }. 혹시 `{ $nearest }`인가요? 정확한 이름의 환경에만 배포합니다. 등록된 환경: { $known }.
refusal-unknown-environment = { $wrong }. 다음 중 하나를 정확히 적어 주세요: { $known }.
refusal-no-environments = { $wrong }. 등록된 환경이 하나도 없으니 먼저 services.toml에 추가하세요.
refusal-unknown-command-nearest = `{ $command }` 명령이 없습니다. 혹시 `{ $nearest }`인가요? 쓸 수 있는 명령은 `도움말`로 확인하세요.
refusal-unknown-command = `{ $command }` 명령이 없습니다. 쓸 수 있는 명령은 `도움말`로 확인하세요.
refusal-unknown-parameter-nearest = `{ $parameter }` 매개변수가 없습니다. 혹시 `{ $nearest }`인가요? 쓸 수 있는 매개변수: { $known }.
refusal-unknown-parameter = `{ $parameter }` 매개변수가 없습니다. 다음 중 하나를 사용하세요: { $known }.
refusal-no-parameters = `{ $parameter }` 매개변수가 없습니다. 이 파이프라인은 매개변수를 받지 않으니 빼고 다시 입력해 주세요.
refusal-missing-parameter = `{ $parameter }` 매개변수가 빠졌습니다. `{ $parameter }=값`을 넣어 다시 입력해 주세요.
refusal-missing-parameter-choices = `{ $parameter }` 매개변수가 빠졌습니다. `{ $parameter }=` 뒤에 다음 중 하나를 넣어 다시 입력해 주세요: { $choices }.
refusal-bad-parameter = `{ $value }`: `{ $parameter }` 매개변수에 쓸 수 없는 값입니다. `-`로 시작하지 않는 짧은 한 줄 값으로 다시 입력해 주세요.
refusal-bad-parameter-choices = `{ $value }`: `{ $parameter }` 매개변수에 쓸 수 없는 값입니다. 다음 중 하나로 다시 입력해 주세요: { $choices }.

## 지금 상태에 따른 거절

refusal-no-such-deployment = { $deployment } 배포가 없습니다. 진행 중인 배포는 `상태`, 지난 배포는 `이력 SERVICE ENVIRONMENT` 명령으로 확인하세요.
refusal-not-yet = { $deployment } 버전을 아직 확인하는 중이라 투표할 것이 없습니다. 카드에 커밋이 표시된 뒤 투표하세요.
refusal-already-started = { $deployment } 실행이 이미 시작되어 투표가 더는 반영되지 않습니다. 중단하려면 `취소 { $deployment }` 명령을 사용하세요.
refusal-over-succeeded = { $deployment } 배포는 이미 성공으로 끝났습니다. 이전 버전으로 되돌리려면 `롤백 { $service } { $environment }` 명령을 사용하세요.
refusal-over-command-succeeded = { $deployment } 명령은 이미 성공으로 끝났습니다. 한 번 더 실행하려면 명령을 다시 입력하세요.
refusal-over-command = { $deployment } 명령은 성공하지 못하고 끝났습니다. 다시 실행하려면 명령을 다시 입력하세요.
refusal-over-failed = { $deployment } 배포는 이미 실패로 끝났습니다. 같은 내용을 다시 요청하려면 `재시도 { $deployment }` 명령을 사용하세요.
refusal-over-rejected = { $deployment } 배포는 이미 거절되었습니다. 같은 내용을 다시 요청하려면 `재시도 { $deployment }` 명령을 사용하세요.
refusal-over-cancelled = { $deployment } 배포는 이미 취소되었습니다. 같은 내용을 다시 요청하려면 `재시도 { $deployment }` 명령을 사용하세요.
refusal-over-expired = { $deployment } 배포는 이미 만료되었습니다. 같은 내용을 다시 요청하려면 `재시도 { $deployment }` 명령을 사용하세요.
refusal-not-over = { $deployment } 배포가 아직 끝나지 않았습니다. 대기 사유는 `왜 { $deployment }`, 중단은 `취소 { $deployment }` 명령을 사용하세요.
refusal-nothing-live = 서비스 `{ $service }`: { $environment } 환경에 아직 배포된 버전이 없습니다. 먼저 `배포 { $service } { $environment }` 명령으로 배포하세요.
refusal-nothing-before = 서비스 `{ $service }`: { $environment } 환경에 현재 버전 이전의 버전이 없습니다. `{ $service }@VERSION { $environment } 배포` 명령으로 원하는 버전을 지정하세요.
refusal-never-live-there = 서비스 `{ $service }`: { $deployment } 배포는 { $environment } 환경에 반영된 적이 없어 롤백할 수 없습니다. 배포된 버전은 `이력 { $service } { $environment }` 명령으로 확인하세요.
refusal-gone-from-configuration = 서비스 `{ $service }`: { $environment } 환경이 설정에서 제거되었습니다. services.toml 담당자에게 복구를 요청하세요.
refusal-command-not-retried = { $deployment } 건은 명령 실행이라 재시도할 수 없습니다. 명령을 다시 입력해 주세요.
refusal-too-many-open = { $by }: 끝나지 않은 배포가 { $open }건이며 최대 { $most }건입니다. 하나가 끝나기를 기다리거나 취소하세요. 목록은 `상태` 명령으로 확인하세요.
refusal-lane-full = 서비스 `{ $service }`: { $environment } 환경에 끝나지 않은 배포가 최대치인 { $most }건입니다. 하나가 끝나기를 기다리거나 취소하세요. 목록은 `상태 { $service }` 명령으로 확인하세요.
refusal-approvals-out-of-reach = 서비스 `{ $service }`: { $environment } 환경에는 { $roles } 승인 { $need }건이 필요하지만, 이 요청을 승인할 수 있는 것은 최대 { $most }건입니다. 다른 사람이 요청하거나, people.toml에서 역할을 더 부여하도록 담당자에게 요청하세요.
refusal-same-environment = { $environment } 환경에서 같은 환경으로는 승격할 수 없습니다. `{ $service }` 서비스를 승격할 다른 환경을 적어 주세요. 환경 목록은 `상태 { $service }` 명령으로 확인하세요.
refusal-old-card = { $deployment }의 이전 카드입니다. 카드에 표시된 내용이 그 뒤에 바뀌어 투표가 반영되지 않았습니다. 최신 카드에서 확인하고 투표하거나 `승인 { $deployment }` 명령을 사용하세요.
refusal-replaced = 지금 { $environment } 환경에서 운영 중인 배포는 { $deployment } 건이 아니라 { $by } 건입니다. 현재 버전에서 되돌리려면 `롤백 { $service } { $environment }` 명령을 사용하세요.
refusal-moment-unclear = 어느 시점인지 알 수 없습니다. `14:05`, `어제 09:00`, `2026-11-19 14:05`처럼 지난 시각을 적어 주세요.
refusal-too-fast = 짧은 시간에 요청이 너무 많아 마지막 요청은 처리하지 않았고, 이어지는 요청에도 응답하지 않습니다. { $seconds }초 뒤에 다시 시도하세요.

## 이해하지 못한 말

syntax-empty = 네, 말씀하세요. 쓸 수 있는 명령은 `도움말`로 확인하세요.
syntax-too-long = { $characters }자는 너무 깁니다. 최대 { $most }자 이내로 줄여서 다시 입력해 주세요.
syntax-unknown-command-nearest = `{ $word }`: 모르는 명령입니다. 혹시 `{ $nearest }`인가요? 쓸 수 있는 명령은 `도움말`로 확인하세요.
syntax-unknown-command = `{ $word }`: 모르는 명령입니다. 쓸 수 있는 명령은 `도움말`로 확인하세요.
syntax-unexpected = `{ $command }` 명령에서 `{ $word }` 부분을 이해하지 못해 아무것도 하지 않았습니다. 예시는 `도움말 { $command }` 명령으로 확인하세요.
syntax-words-missing = `{ $command }` 명령에 빠진 말이 있어 아무것도 하지 않았습니다. 예시는 `도움말 { $command }` 명령으로 확인하세요.
syntax-slot = `{ $text }`: `{ $command }` 명령의 <{ $slot }> 자리에 쓸 수 없어 아무것도 하지 않았습니다. 예시는 `도움말 { $command }` 명령으로 확인하세요.
syntax-slot-moment = `{ $text }`: `{ $command }` 명령의 <{ $slot }> 자리에 쓸 수 없어 아무것도 하지 않았습니다. `14:05`, `어제 09:00`, `2026-11-20 14:05`, 또는 그날이 끝난 시점이면 `2026-11-20`처럼 입력하세요.
syntax-slot-language = `{ $text }`: 지원하지 않는 언어라 아무것도 하지 않았습니다. 한국어는 `언어 한국어`, 영어는 `언어 영어`, 설정에 따르려면 `언어 기본값` 명령을 사용하세요.
syntax-usage = 사용법:
syntax-parameter = `{ $command }` 명령에서 `{ $text }` 매개변수를 받을 수 없습니다. 두 번 적었거나 매개변수가 없는 명령입니다. 사용법은 `도움말 { $command }` 명령으로 확인하세요.
syntax-hidden = `{ $word }`에 보이지 않는 문자({ $kind }, { $code })가 있어 아무것도 하지 않았습니다. 붙여 넣지 말고 직접 다시 입력하세요.
syntax-open-quote = `{ $text }`에서 연 따옴표가 닫히지 않아 아무것도 하지 않았습니다. 따옴표를 닫거나 빼고 다시 입력하세요.
hidden-soft-hyphen = 소프트 하이픈
hidden-zero-width = 너비 없는 문자
hidden-direction = 글쓰기 방향을 바꾸는 문자
hidden-variation = 글자 모양 선택자
hidden-other = 화면에 나타나지 않는 문자

## 카드 아래 기록

log-approved = { $by } 님이 { $deployment } 배포를 승인했습니다. (승인 { $have }/{ $need })
log-vote-withdrawn = { $by } 님이 { $deployment } 승인을 철회했습니다. (승인 { $have }/{ $need })
log-votes-voided = { $deployment } 요청 이후 변경된 항목이 있습니다: { $parts }. { $voided ->
    [0] 아직 승인이 없었으므로 다시 투표할 필요는 없습니다.
   *[other] 기존 승인 { $voided }건은 무효이니 내용을 확인하고 다시 투표해 주세요.
}
log-gates-opened = { $deployment } 실행을 시작합니다. 승인: { $approvers }.
log-gates-opened-alone = { $deployment } 실행을 시작합니다. 정책상 승인이 필요하지 않습니다.
log-rejected = { $by } 님이 { $deployment } 배포를 거절했습니다.
log-rejected-because = { $by } 님이 { $deployment } 배포를 거절했습니다. 사유: { $reason }.
log-cancelled = { $by } 님이 { $deployment } 배포를 실행 전에 취소했습니다.
log-cancel-asked = { $by } 님이 { $deployment } 중단을 요청했습니다.
log-expired = { $deployment } 배포가 시작되지 못하고 만료되었습니다. 같은 내용을 다시 요청하려면 `재시도 { $deployment }` 명령을 사용하세요.
log-unresolved = { $deployment } 버전을 찾지 못했습니다: { $reason }. 버전 이름을 확인하고 다시 요청하세요.
log-not-started = { $deployment } 배포는 시작되지 않았고 실행 중인 것도 없습니다: { $reason }. 원인을 해결한 뒤 `재시도 { $deployment }` 명령을 사용하세요.
log-commit-gone = { $deployment } 배포는 시작되지 않았습니다: 해당 커밋이 저장소에 더 이상 없습니다. 저장소에 있는 버전으로 다시 요청하세요.
log-branch-not-allowed = { $deployment } 배포는 시작되지 않았습니다: 해당 커밋이 배포가 허용된 브랜치({ $branches })에 없습니다. 먼저 병합한 뒤 다시 요청하세요.
log-not-configured = { $deployment } 배포는 시작되지 않았습니다: 실행 대상이 설정에서 제거되었습니다. 필요하면 설정을 되돌린 뒤 다시 요청하세요.
log-start-unknown = { $deployment } 배포가 실행 중인지 알 수 없습니다: { $reason }. 확인될 때까지 같은 환경에서 다른 배포는 시작되지 않습니다. 파이프라인을 직접 확인하고, 중단하려면 `취소 { $deployment }` 명령을 사용하세요.
log-wrong-commit = 경보: { $deployment }에서 실행 중인 커밋은 { $reported }, 예정된 커밋은 { $sealed }입니다. 실행을 중단하고 있으니 지금 무엇이 배포되어 있는지 확인하세요.
log-run-succeeded = { $deployment } 실행이 성공했습니다.
log-run-cancelled = { $deployment } 실행이 요청에 따라 중단되었습니다.
log-run-lost = { $deployment } 실행이 끝났지만 결과를 알 수 없습니다. 지금 무엇이 배포되어 있는지 확인한 뒤 `재시도 { $deployment }` 명령을 사용하거나 롤백하세요.
log-run-failed = { $deployment } 실행이 실패했습니다 ({ $cause }). 같은 내용을 다시 요청하려면 `재시도 { $deployment }` 명령을 사용하세요.
log-run-failed-in = { $deployment } 실행이 { $stage } 단계에서 실패했습니다 ({ $cause }). 같은 내용을 다시 요청하려면 `재시도 { $deployment }` 명령을 사용하세요.
log-gave-up = 여러 번 시도했지만 처리하지 못했습니다: { $what }. 사유: { $reason }. wilco 운영자에게 로그 확인을 요청하세요.
log-gave-up-deployment = { $deployment } 관련 작업을 여러 번 시도했지만 처리하지 못했습니다: { $what }. 사유: { $reason }. wilco 운영자에게 로그 확인을 요청하세요.

## 답변

help-nothing = 아직 쓸 수 있는 명령이 없습니다. 이유는 `내정보` 명령으로 확인하세요.
help-all = 사용할 수 있는 명령:
help-more = `도움말 { $command }`처럼 명령을 붙이면 사용법과 예시를 볼 수 있습니다.
help-command = { $command }: { $summary }
help-examples = 예시:

whoami = { $person } 님입니다 ({ $account }). 역할: { $roles }.
whoami-without-roles = { $person } 님입니다 ({ $account }). 역할이 없습니다. people.toml 담당자에게 역할 추가를 요청하세요.
whoami-nobody = `{ $platform }:{ $entry }` 계정의 주인을 알 수 없습니다. people.toml 담당자에게 본인 항목에 `{ $platform } = ["{ $entry }"]` 추가를 요청하세요.

language-en = English
language-ko = 한국어
language-used = 지금 사용하는 언어는 { $language }입니다 ({ $because }). 한국어는 `언어 한국어`, 영어는 `언어 영어`, 설정에 따르려면 `언어 기본값` 명령을 사용하세요.
language-used-here = 지금 사용하는 언어는 { $language }입니다 ({ $because }).
language-nobody = `{ $platform }:{ $entry }` 계정의 주인을 알 수 없어 아직 언어를 선택할 수 없습니다. people.toml 담당자에게 본인 항목에 `{ $platform } = ["{ $entry }"]` 추가를 요청한 뒤 `언어 한국어` 또는 `언어 영어` 명령을 사용하세요.
language-chosen = 앞으로 사용할 언어는 { $language }입니다. 다시 설정에 따르려면 `언어 기본값` 명령을 사용하세요.
language-configured = 다시 설정에 따릅니다. 앞으로 사용할 언어는 { $language }입니다 ({ $because }).
because-chosen = 본인이 선택
because-person = people.toml의 본인 설정
because-channel = 이 채널의 설정
because-default = wilco.toml의 기본 설정

can = 네, `{ $command }` 명령을 사용할 수 있습니다.
can-at-once = 네, `{ $command }` 명령을 사용할 수 있습니다. 승인은 필요하지 않습니다.
can-after = 네, `{ $command }` 명령을 사용할 수 있습니다. 요청 후 { $expires } 안에 필요한 승인: { $what }.
can-not = 아니요, `{ $command }` 명령을 사용할 수 없습니다. { $refusal }

answer-noted = { $deployment } 건을 접수했습니다. 진행 상황은 카드에서 확인하세요.
answer-still-approved = 다른 채팅이나 다른 계정, 또는 명령으로도 승인하셨으므로 { $deployment } 승인은 아직 유효합니다. 그쪽 승인도 취소하거나 `거절 { $deployment }` 명령을 사용하세요.
answer-reason-not-asked = 제때 거절 사유를 여쭙지 못해 { $deployment } 건은 거절되지 않았습니다. 버튼을 다시 누르거나 `거절 { $deployment }` 뒤에 사유를 덧붙여 말씀해 주세요.
answer-lookup-failed = 조회하지 못했습니다: { $reason }. 이름을 확인하고 잠시 후 다시 시도하세요.

status-live = 현재 배포된 버전:
status-no-board = 아직 배포된 것이 없습니다.
status-nothing-yet = 아직 없음
status-since = { $at }부터
status-open = 진행 중인 배포 { $count }건:
status-nothing-open = 진행 중인 배포가 없습니다.
status-waits-for = { $what } 대기 중
status-more = { $count }건은 표시하지 않았습니다. `상태 SERVICE` 명령으로 범위를 좁히세요.

live-now = { $service } { $version }: { $since }부터 { $environment } 환경에 배포되어 있습니다 ({ $deployment }, 요청: { $requester }).
live-then = { $service } { $version }: { $at } 당시 { $environment } 환경에 배포되어 있었습니다 ({ $since }부터, { $deployment }, 요청: { $requester }).
live-nothing = 서비스 { $service }: { $environment } 환경에 아직 배포된 버전이 없습니다. 먼저 `배포 { $service } { $environment }` 명령으로 배포하세요.
live-nothing-then = 서비스 { $service }: { $at } 당시 { $environment } 환경에 배포된 버전이 없었습니다. 이후의 배포는 `이력 { $service } { $environment }` 명령으로 확인하세요.

changes = { $service } { $version } → { $environment }:
commits = 현재 버전 { $from } 이후 커밋 { $count }개:
commits-since-live = { $count ->
    [0] 현재 버전 이후의 새 커밋이 없습니다.
   *[other] 현재 버전 이후 커밋 { $count }개:
}
commits-none = 현재 버전 { $from } 이후의 새 커밋이 없습니다.
commits-same = 이미 배포되어 있는 버전입니다.
commits-first = 비교할 현재 버전이 없습니다.
commit = { $commit } { $subject } ({ $author })
commits-more = 외 { $count }개

history = { $service } { $environment } 배포 이력 (최신순):
history-empty = 서비스 { $service }: { $environment } 환경에 배포된 적이 없습니다. 먼저 `배포 { $service } { $environment }` 명령으로 배포하세요.
history-more = 더 오래된 배포가 있습니다. 하나씩 자세히 보려면 `보기 { $deployment }`처럼 입력하세요.

why-resolving = { $deployment } 배포는 버전을 확인하는 중이며, 따로 할 일은 없습니다.
why-ready = { $deployment } 배포는 모든 조건을 갖추어 곧 시작합니다.
why-waiting = { $deployment } 배포가 기다리는 것:
why-expires = 만료 시각: { $at }.
why-starting = { $deployment } 배포는 기다리는 것 없이 시작하는 중입니다.
why-running = { $deployment } 배포는 기다리는 것 없이 실행 중입니다.
why-over = { $deployment } 배포는 이미 끝났습니다 ({ $status }). 경과는 `보기 { $deployment }` 명령으로 확인하세요.

audit = { $deployment } 감사 기록 (번호, 시각, 해시, 내용, 사람, 세부 사항):
audit-verify = 데이터베이스 파일에 `wilco audit verify FILE` 명령을 실행하면 기록이 변경되지 않았음을 검증할 수 있습니다.
audit-empty = { $deployment } 기록이 없습니다. 진행 중인 배포는 `상태` 명령으로 확인하세요.
timeline = { $deployment } 경과 (이름 제외):

fact-founded = 기록 시작
fact-catalog-loaded = 설정 적용
fact-requested = 요청
fact-request-refused = 요청 불가
fact-sealed = 버전 확정
fact-obstructed = 시작 안 됨
fact-resealed = 다시 확정
fact-approved = 승인
fact-rejected = 거절
fact-vote-withdrawn = 투표 철회
fact-vote-refused = 투표 불인정
fact-gates-opened = 조건 충족
fact-run-started = 실행 시작
fact-start-unknown = 시작 여부 불명
fact-checks-read = 검사 확인
fact-stage-changed = 단계 변경
fact-wrong-commit = 커밋 불일치
fact-cancel-asked = 중단 요청
fact-run-ended = 실행 종료
fact-cancelled = 취소
fact-expired = 만료
fact-card-shown = 카드 표시
fact-language-chosen = 언어 선택
fact-news-heard = 소식 수신
fact-news-mended = 정상 복구
fact-news-shown = 소식 표시
fact-given-up = 처리 포기

refused-not-a-person = 주인을 모르는 계정
refused-not-a-member = 멤버가 아닌 계정
refused-missing-role = 역할 없음
refused-own-deployment = 본인이 요청한 배포
refused-own-commits = 본인이 작성한 커밋
refused-not-an-approver = 승인 역할 없음
refused-no-approval-needed = 승인이 필요 없는 배포
refused-may-not-reject = 거절 권한 없음
refused-may-not-cancel = 취소 권한 없음
refused-unknown-service = 없는 서비스
refused-unknown-environment = 없는 환경
refused-unknown-name = 없는 이름
refused-unknown-command = 없는 명령
refused-unknown-parameter = 없는 매개변수
refused-missing-parameter = 매개변수 누락
refused-bad-parameter = 쓸 수 없는 매개변수 값
refused-no-such-deployment = 없는 배포
refused-not-yet = 버전 확인 전
refused-already-started = 이미 시작됨
refused-over = 이미 끝남
refused-not-over = 아직 끝나지 않음
refused-nothing-live = 운영 중인 버전 없음
refused-nothing-before = 이전 버전 없음
refused-never-live-there = 그 환경에 배포된 적 없음
refused-gone-from-configuration = 설정에서 제거됨
refused-command-not-retried = 명령은 재시도 불가
refused-too-many-open = 한 사람의 배포 한도 초과
refused-lane-full = 한 환경의 배포 한도 초과
refused-approvals-out-of-reach = 승인 가능 인원 부족
refused-same-environment = 같은 환경으로 승격
refused-old-card = 이전 카드
refused-replaced = 이미 다른 버전이 운영 중
refused-moment-unclear = 알 수 없는 시각
refused-too-fast = 너무 잦은 요청

obstacle-unresolved = 버전을 찾지 못함
obstacle-not-started = 시작되지 않음
obstacle-commit-gone = 커밋이 사라짐
obstacle-branch-not-allowed = 허용되지 않은 브랜치
obstacle-not-configured = 설정에 없음

end-succeeded = 성공
end-failed = 실패
end-killed = 시그널로 종료
end-cancelled = 요청에 따라 중단
end-timed-out = 제한 시간 초과
end-not-runnable = 실행 불가
end-lost = 결과를 알 수 없음

tried-approve = 승인
tried-reject = 거절
tried-vote = 투표

detail-refused = { $tried }: { $reason }
detail-sealed = { $commit }, 봉인 { $seal }, 정책 { $policy }
detail-resealed = { $parts } 변경, 승인 { $voided }건 무효, 봉인 { $seal }
detail-moved = { $parts } 변경
detail-seal = 봉인 { $seal }
detail-seal-because = 봉인 { $seal }: { $reason }
detail-opened = 봉인 { $seal }, 승인: { $approvers }, 실행 키 { $key }
detail-opened-alone = 봉인 { $seal }, 승인 불필요, 실행 키 { $key }
detail-approvals = { $count ->
    [0] 승인 불필요
   *[other] 승인 { $count }건
}
detail-stage = { $stage }: { $state }

dry-run = 모의 실행이며 변경된 것은 없습니다: { $service } { $version } → { $environment }.
dry-run-policy = 요청 후 { $expires } 안에 필요한 승인: { $what }.
dry-run-no-policy = 승인은 필요하지 않습니다.
dry-run-open = 요청하면 바로 시작합니다.
dry-run-shut = 요청하면 다음을 기다리게 됩니다:
dry-run-next = 실제로 요청하려면 `시험`을 빼고 다시 입력하세요.

## 배포 카드

card-subject-deploy = { $deployment } { $service } { $version } → { $environment }
card-subject-rollback = { $deployment } 롤백 { $service } { $version } → { $environment }
card-subject-command = { $deployment } { $command } { $service } { $version } → { $environment }
card-headline-deploy = { $service } { $version } → { $environment } · { $deployment }
card-headline-rollback = 롤백: { $service } { $version } → { $environment } · { $deployment }
card-headline-command = { $command }: { $service } { $version } → { $environment } · { $deployment }

card-retired = { $headline }: 표시된 내용이 바뀌어 이 카드는 더 이상 쓰지 않습니다. 현재 내용은 최신 카드에서 확인하세요. 여기에 한 투표는 반영되지 않습니다.
card-retired-state = 이전 카드
card-resolving = { $subject }: 커밋을 확인하고 있습니다.
card-waiting-votes = { $subject }: { $what } 대기 중입니다. ✅ 또는 ❌ 반응으로 승인하거나 거절해 주세요.
card-waiting = { $subject }: { $what } 대기 중입니다.
card-ready = { $subject }: 모든 조건을 갖추어 곧 시작합니다.
card-void = 변경된 항목({ $parts })이 있어 이전 투표는 무효입니다.
card-starting = { $subject }: 시작하고 있습니다.
card-unknown = { $subject }: 실행 중인지 알 수 없습니다 ({ $reason }). 확인될 때까지 { $environment } 환경에서 다른 배포는 시작되지 않습니다. 파이프라인을 직접 확인하고, 중단하려면 `취소 { $deployment }` 명령을 사용하세요.
card-running = { $subject }: 실행 중입니다.
card-running-stage = { $subject }: 실행 중입니다. 현재 단계: { $stage } ({ $number }/{ $total }).
card-running-between = { $subject }: 실행 중입니다. 완료한 단계: { $done }/{ $total }.
card-stopping = { $subject }: 중단하고 있습니다. 요청: { $by }.
card-wrong-commit = 경보: { $subject }: 실행 중인 커밋은 { $reported }, 예정된 커밋은 { $sealed }입니다. 실행을 중단하고 있으니 지금 { $environment } 환경에 무엇이 배포되어 있는지 확인하세요.
card-wrong-commit-ended = 경보: { $subject }: 실행된 커밋은 { $reported }, 예정된 커밋은 { $sealed }입니다. 지금 { $environment } 환경에 무엇이 배포되어 있는지 확인한 뒤 롤백하거나 재시도하세요.
card-live = { $deployment } { $service } { $version }: { $environment } 환경에 배포되었습니다 ({ $took } 소요). { $credit }.
card-live-again = { $deployment } { $service }: { $environment } 환경이 { $version } 버전으로 롤백되었습니다 ({ $took } 소요). { $credit }.
card-was-live = { $deployment } { $service } { $version }: { $at }에 { $environment } 환경에 배포되었습니다. { $credit }. 이후 { $other } 배포로 교체되었습니다.
card-was-live-again = { $deployment } { $service }: { $at }에 { $environment } 환경이 { $version } 버전으로 롤백되었습니다. { $credit }. 이후 { $other } 배포로 교체되었습니다.
card-command-done = { $deployment } { $command } { $service } { $version }: { $environment } 환경에서 완료되었습니다 ({ $took } 소요). { $credit }.
card-asked = 요청: { $requester }
card-asked-and-approved = 요청: { $requester }, 승인: { $approvers }
card-failed = { $subject }: { $took } 만에 실패했습니다 ({ $cause }).
card-failed-in = { $subject }: { $took } 만에 { $stage } 단계에서 실패했습니다 ({ $cause }).
card-unresolved = { $subject }: 버전을 찾지 못해 실패했습니다: { $reason }.
card-not-started = { $subject }: 시작되지 않았고 실행 중인 것도 없습니다: { $reason }.
card-commit-gone = { $subject }: 시작되지 않았습니다. 커밋이 저장소에 더 이상 없습니다.
card-branch-not-allowed = { $subject }: 시작되지 않았습니다. 커밋이 배포가 허용된 브랜치({ $branches })에 없습니다.
card-not-configured = { $subject }: 시작되지 않았습니다. 설정에서 제거되었습니다.
card-rejected = { $subject }: { $by } 님이 거절했습니다.
card-rejected-because = { $subject }: { $by } 님이 거절했습니다. 사유: { $reason }.
card-cancelled = { $subject }: { $by } 님이 실행 전에 취소했습니다.
card-stopped = { $subject }: { $took } 만에 중단되었습니다. 요청: { $by }.
card-stopped-alone = { $subject }: { $took } 만에 중단되었습니다.
card-expired = { $subject }: 시작되지 못하고 만료되었습니다.
card-over = { $subject }: 끝났습니다 ({ $status }).

card-state-unknown = 실행 여부 불명
card-state-wrong-commit = 커밋 불일치
card-state-stopping = 중단 중
card-state-live = 배포됨
card-state-replaced = 교체됨

card-line-asked = 요청: { $requester }, { $at }.
card-line-expires = 요청: { $requester }, { $at }. 만료: { $expires }.
card-line-approved = 승인: { $have }/{ $need } ({ $approvers }).
card-line-unapproved = 승인: { $have }/{ $need }.
card-line-no-approval = 정책상 승인이 필요하지 않습니다.
card-line-waits = 대기: { $what }.
card-line-parameters = 매개변수: { $parameters }.
card-line-risky = 주의 깊게 확인하세요. 변경된 경로: { $paths }.
card-line-risky-more = 주의 깊게 확인하세요. 변경된 경로: { $paths } 외 { $count }개.
card-line-risky-unknown = 직접 확인하세요. 변경된 경로의 일부만 조회되어 정책에서 지정한 위험 경로가 더 있을 수 있습니다.
card-line-remaining = 남은 시간: 약 { $remaining }.
card-line-ended = 요청: { $requester }, { $at }. 종료: { $ended }.
card-footer = 감사 { $audit }
card-footer-policy = 감사 { $audit } · 정책 { $policy }

button-approve = 승인
button-reject = 거절
button-abort = 중단
button-roll-back = 롤백
button-deploy = { $version } → { $environment } 배포
button-retry = 재시도

confirm-abort = { $deployment } 건({ $service }, { $environment } 환경)을 중단할까요? 이미 실행된 부분은 되돌려지지 않습니다.
confirm-roll-back = { $service } 서비스의 { $environment } 환경을 { $deployment } 배포 이전 버전으로 되돌리도록 요청할까요? 정책에 따른 승인이 필요합니다.
confirm-no = 그대로 두기

## 명령의 입력 항목과 추천 값

field-service = 서비스
field-environment = 환경
field-version = 브랜치, 태그 또는 커밋
field-deployment = 배포 번호(예: #42)
field-from = 현재 배포되어 있는 환경
field-to = 배포할 환경
field-reason = 사유
field-moment = 시각(예: 14:05, 어제 09:00, 2026-11-19 14:05)
field-command = 명령
field-request = 가능한지 확인할 요청(예: api를 prod에 배포)
field-language = 언어(en, ko, 설정에 따르려면 default)
field-dry-run = 실행하지 않고 예상 결과만 보여 줍니다
field-parameters = 파이프라인에 전달할 값(key=value)

offer-deployment = { $deployment } { $service } ({ $environment }) { $kind }: { $status }
offer-deployment-version = { $deployment } { $service } ({ $environment }) { $kind }, { $version }: { $status }
offer-version = { $version }: { $deployment }, { $service } ({ $environment })
offer-version-live = { $version }: 현재 배포됨, { $service } ({ $environment })
offer-commit-named = { $commit } ({ $reference })
offer-language-configured = 설정에 따름

## 채팅의 입력 창, 홈 화면, 길이 제한

form-reason-title = { $deployment } 거절
form-reason-question = 거절 사유를 적어 주세요.
form-reason-hint = 카드와 기록에 표시되며 비워 두어도 됩니다.
form-reason-submit = 거절
form-reason-close = 돌아가기

text-heard = 접수했습니다: { $words }
text-left-alone = 바뀐 것이 없습니다.
sure-abort = { $deployment } 건을 중단할까요? 이미 실행된 부분은 되돌려지지 않습니다.
sure-roll-back = { $deployment } 배포 이전 버전으로 되돌리도록 요청할까요? 정책에 따른 승인이 필요합니다.

text-cut-short = 내용이 길어 여기까지만 표시합니다. `상태` 명령에 서비스와 환경을 적으면 더 짧게 볼 수 있습니다. 전체 기록이 필요하면 wilco 운영자에게 `wilco audit export` 명령의 결과를 요청하세요.

home-language = 나에게 사용할 언어:
home-waits-for-you = 내 승인을 기다리는 배포
home-waits-for-you-none = 내 승인을 기다리는 배포가 없습니다.
home-running = 실행 중인 배포
home-running-none = 실행 중인 배포가 없습니다.
home-waiting = 그 밖에 대기 중인 배포
home-waiting-none = 그 밖에 대기 중인 배포가 없습니다.
home-board = 현재 배포된 버전
home-board-live = { $service } ({ $environment }): { $version }, { $at }부터 ({ $deployment }).
home-board-nothing = { $service } ({ $environment }): 아직 없음.
home-board-goes-on = { $line } 진행 중: { $deployments }.
home-more = { $more }건은 표시하지 않았습니다. 진행 중인 배포는 `상태` 명령으로 확인하세요.

## 소식

news-waiting = { $thing }: { $name } 작업이 시작을 기다리고 있습니다.
news-running = { $thing }: { $name } 작업이 진행 중입니다.
news-succeeded = { $thing }: { $name } 작업이 성공했습니다.
news-cancelled = { $thing }: { $name } 작업이 취소되었습니다.
news-failed = { $thing }: { $name } 작업이 실패했습니다.
news-deploy-waiting = { $thing } → { $environment } 배포가 시작을 기다리고 있습니다.
news-deploy-running = { $thing } → { $environment } 배포가 진행 중입니다.
news-deploy-succeeded = { $thing } 버전이 { $environment } 환경에서 운영 중입니다.
news-deploy-cancelled = { $thing } → { $environment } 배포가 취소되었습니다.
news-deploy-failed = { $thing } → { $environment } 배포가 실패했습니다.
news-released = { $repository } 저장소의 새 릴리스: { $tag }.
news-released-as = { $repository } 저장소의 새 릴리스: { $tag } ({ $title }).
news-withdrawn = { $repository } 저장소의 { $tag } 릴리스가 철회되었습니다.
news-offer = 배포하려면 `{ $words }` 명령을 사용하세요.
news-name-build = 빌드
news-name-checks = 검사
news-name-attempt = { $name }({ $attempt }번째 시도)
news-state-mended = 정상 복구
news-state-released = 릴리스됨
news-state-withdrawn = 철회됨
log-news-again = { $attempt }번째 시도를 시작합니다.
log-news-failed = { $attempt ->
    [1] 실패했습니다.
   *[other] { $attempt }번째 시도가 실패했습니다.
}
log-news-mended = 다시 정상입니다.
log-news-mended-by = { $commit } 커밋부터 다시 정상입니다.
log-news-withdrawn = 릴리스가 철회되었습니다.
answer-offer-over = 이 메시지에서는 더 이상 배포할 수 없습니다. 배포할 것을 직접 말씀해 주세요. 방법은 `도움말 배포`로 확인하세요.
answer-offer-taken = 바로 그 배포가 { $deployment } 번호로 이미 진행 중입니다. `보기 { $deployment }`로 확인하세요.
answer-offer-live = 그 버전은 { $deployment } 배포로 이미 해당 환경에서 운영 중입니다. `보기 { $deployment }`로 확인하세요.
